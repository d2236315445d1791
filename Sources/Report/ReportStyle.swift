/// The page's style sheet: light, or dark where the reader's system is; and on paper.
enum ReportStyle {
    static let sheet = """
        :root { color-scheme: light dark; --back: #fff; --text: #1f2328; --soft: #59636e; --grid: #d8dee4; --card: #f6f8fa;
          --demand: #1f2328; --peak: #8c959f; --ready: #0969da; --band: #54aeff; --bad: #cf222e; --good: #1a7f37; }
        @media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --soft: #9198a1; --grid: #2a313c; --card: #151b23;
          --demand: #e6edf3; --peak: #7d8590; --ready: #58a6ff; --band: #1f6feb; --bad: #ff7b72; --good: #3fb950; } }
        * { box-sizing: border-box }
        body { margin: 0 auto; padding: 24px 20px 60px; max-width: 1040px; background: var(--back); color: var(--text);
          font: 15px/1.5 system-ui, sans-serif }
        h1 { font-size: 26px; margin: 0 0 4px } h2 { font-size: 19px; margin: 40px 0 8px } h3 { font-size: 15px; margin: 24px 0 4px }
        p { margin: 6px 0; max-width: 75ch } .soft { color: var(--soft) } .bad { color: var(--bad) } .good { color: var(--good) }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 18px 0 }
        .tile { background: var(--card); border: 1px solid var(--grid); border-radius: 8px; padding: 10px 12px }
        .tile b { display: block; font-size: 20px; font-weight: 600 } .tile span { color: var(--soft); font-size: 13px }
        svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif } svg text { fill: var(--soft) }
        svg.square { max-width: 340px } svg.spark { width: 150px; height: 24px }
        .grid { stroke: var(--grid); fill: none } .demand { stroke: var(--demand); fill: none; stroke-width: 1.4 }
        .peak { stroke: var(--peak); fill: none; stroke-width: 1 } .ready { stroke: var(--ready); fill: none; stroke-width: 1.8 }
        .forecast { stroke: var(--band); fill: none; stroke-width: 1.2; stroke-dasharray: 4 3 }
        .band { fill: var(--band); fill-opacity: .25 } .short { fill: var(--bad) }
        .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; fill: none }
        .node { fill: var(--ready) } .node-line { stroke: var(--ready); fill: none } .others { fill: var(--peak) } .others-line { stroke: var(--peak); fill: none }
        .cpu { fill: var(--ready) } .cpu-line { stroke: var(--ready); fill: none } .memory { fill: var(--good) } .memory-line { stroke: var(--good); fill: none }
        .pools { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 4px 24px } .pools h3 { margin: 14px 0 2px; overflow-wrap: anywhere }
        .key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft) }
        .key i { display: inline-block; width: 18px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 6px }
        .key i.demand { border-color: var(--demand) } .key i.peak { border-color: var(--peak) } .key i.ready { border-color: var(--ready) }
        .key i.cpu { border-color: var(--ready) } .key i.memory { border-color: var(--good) } .key i.others { border-color: var(--peak) }
        .key i.forecast { border-top-style: dashed; border-color: var(--band) }
        .key i.band { height: 10px; border: 0; background: var(--band); opacity: .4 } .key i.short { border-color: var(--bad) }
        .wide { overflow-x: auto } table { border-collapse: collapse; font-size: 14px; width: 100% }
        th, td { text-align: right; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--grid); white-space: nowrap }
        th { color: var(--soft); font-weight: 500 } th.left, td.left { text-align: left } td.words { white-space: normal; text-align: left; min-width: 22em }
        td.few { text-align: left; white-space: normal; min-width: 9em; color: var(--soft); font-size: 13px }
        td.name { text-align: left; max-width: 17em; overflow: hidden; text-overflow: ellipsis; direction: rtl }
        tr.ours td { font-weight: 600 } code { font: 13px ui-monospace, monospace; background: var(--card); padding: 1px 4px; border-radius: 4px }
        .two { display: grid; grid-template-columns: 340px 1fr; gap: 24px; align-items: start } @media (max-width: 760px) { .two { display: block } }
        @media print { body { max-width: none } h2 { break-after: avoid } svg, table { break-inside: avoid } }
        """
}
