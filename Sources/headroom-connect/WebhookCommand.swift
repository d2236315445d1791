internal import ArgumentParser
internal import Capacity
internal import Connect
internal import FoundationEssentials
internal import Logging
internal import Webhook

/// `headroom-connect webhook`: any service behind a URL as the agent's provider.
struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "Ask a service behind a URL for capacity, by signed requests.",
        discussion: """
            Without a subcommand it is a provider program: requests come to standard input, answers go to standard \
            output, a JSON object a line. What the service is sent and may answer: docs/webhook.md.

            EXAMPLES
              In the agent's configuration:
                provider:
                  command: [headroom-connect, webhook,
                            --key-file, /etc/headroom/webhook.key,
                            --url, "https://capacity.example.com/headroom"]
              Is all of it right?
                headroom-connect webhook check --key-file webhook.key \\
                  --url https://capacity.example.com/headroom
              Send again what was given up:
                headroom-connect webhook replay --dead-letters dead.jsonl \\
                    --url https://capacity.example.com/headroom --key-file webhook.key

            EXIT CODES
              0 good, 1 the service refused or did not answer, 2 wrong usage
            """,
        subcommands: [WebhookServe.self, WebhookCheck.self, WebhookReplay.self],
        defaultSubcommand: WebhookServe.self
    )
}

/// Where the service is and how requests are signed.
struct WebhookFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Where requests are posted.", valueName: "https://..."))
    var url: String

    @Option(
        help: ArgumentHelp(
            "A file with the secret that requests are signed with; given twice, both sign, so that it can be changed on one side after the other.",
            valueName: "path"))
    var keyFile: [String] = []

    @Option(help: ArgumentHelp("Who asks, as the service is told; this host's name unless given.", valueName: "name"))
    var source: String?

    @Option(help: ArgumentHelp("Where the service tells what there is.", valueName: "https://..."))
    var capacityURL: String?

    @Option(help: ArgumentHelp("Authorities that the service's certificate may be from, PEM.", valueName: "path"))
    var caFile: String?

    @Option(help: ArgumentHelp("A client certificate, PEM.", valueName: "path"))
    var certificate: String?

    @Option(help: ArgumentHelp("Its private key, PEM.", valueName: "path"))
    var certificateKey: String?

    @Option(help: ArgumentHelp("How long one attempt may take, seconds.", valueName: "seconds"))
    var attemptTimeout = 10.0

    @Option(help: ArgumentHelp("How long a request is tried before it is denied, seconds.", valueName: "seconds"))
    var giveUpAfter = 300.0

    @Option(help: ArgumentHelp("How long pending capacity is waited for, seconds.", valueName: "seconds"))
    var pendingTimeout = 3_600.0

    @Flag(help: "Allow http:// to other hosts, where anyone on the way reads and changes requests.")
    var insecureHTTP = false

    func validate() throws {
        guard !keyFile.isEmpty else { throw ValidationError("--key-file is missing: requests have to be signed") }
        for (name, value) in [
            ("--attempt-timeout", attemptTimeout), ("--give-up-after", giveUpAfter),
            ("--pending-timeout", pendingTimeout),
        ] where !(value > 0 && value <= 604_800) {
            throw ValidationError("\(name): \(value); expected seconds, up to a week")
        }
        _ = try options()
    }

    func options() throws -> WebhookOptions {
        do throws(WebhookError) {
            var options = WebhookOptions(
                url: try WebhookURL(url, allowsPlainHTTP: insecureHTTP), keyFiles: keyFile,
                source: source ?? HostName.current)
            options.capacityURL = try capacityURL.map { text throws(WebhookError) in
                try WebhookURL(text, allowsPlainHTTP: insecureHTTP)
            }
            options.authorityFile = caFile
            options.certificateFile = certificate
            options.certificateKeyFile = certificateKey
            options.attemptLimit = .seconds(attemptTimeout)
            options.giveUpAfter = .seconds(giveUpAfter)
            options.pollLimit = .seconds(pendingTimeout)
            return options
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// `headroom-connect webhook [serve]`.
struct WebhookServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the agent's requests until its pipe ends.",
        discussion: """
            EXAMPLES
              headroom-connect webhook serve --url https://capacity.example.com/headroom \\
                  --key-file webhook.key --dead-letters dead.jsonl
            """)

    @OptionGroup var flags: WebhookFlags

    @Option(help: ArgumentHelp("Where requests that were given up are kept.", valueName: "path"))
    var deadLetters: String?

    @OptionGroup(title: "Metrics") var pages: ListenOptions

    func run() async throws {
        try requirePipe()
        let logger = Logger.connect("webhook")
        let service = try WebhookService(
            flags.options(), deadLetters: deadLetters.map { DeadLetters(path: $0) }, logger: logger)
        let link = ProviderLink(service, logger: logger)
        try await pages.serving(
            logger,
            { path in
                var text = MetricText()
                text.addLink(await link.counts.all)
                text.addWebhook(service.counts.all)
                return text.page(path)
            }
        ) { await link.run() }
        await service.close()
    }
}

/// `headroom-connect webhook check`.
struct WebhookCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Send a signed ping, which asks for nothing: are address, certificate and key right?",
        discussion: """
            EXAMPLES
              headroom-connect webhook check --key-file webhook.key \\
                  --url https://capacity.example.com/headroom
            """)

    @OptionGroup var flags: WebhookFlags

    func run() async throws {
        let service = try WebhookService(flags.options(), logger: .connect("webhook"))
        do {
            try await service.ping()
            await service.close()
        } catch {
            await service.close()
            StandardError.complain("\(error)")
            throw ExitCode(1)
        }
        print("\(flags.url): answers, and takes our signature")
    }
}

/// `headroom-connect webhook replay`.
struct WebhookReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send again what was given up and not answered since: of each pool and resource the last, which stands for all before.",
        discussion: """
            EXAMPLES
              headroom-connect webhook replay --dead-letters dead.jsonl \\
                  --url https://capacity.example.com/headroom --key-file webhook.key
            """)

    @OptionGroup var flags: WebhookFlags

    @Option(help: ArgumentHelp("Where requests that were given up are kept.", valueName: "path"))
    var deadLetters: String

    func run() async throws {
        let logger = Logger.connect("webhook")
        let file = DeadLetters(path: deadLetters)
        let (letters, unreadable) = try await file.take()
        if unreadable > 0 { StandardError.complain("\(deadLetters): \(unreadable) lines cannot be read and are left out") }
        var failed = 0
        for (source, ofOne) in Dictionary(grouping: letters, by: \.source).sorted(by: { $0.key < $1.key }) {
            var options = try flags.options()
            // Whoever asked first asks again, unless told otherwise.
            if flags.source == nil { options.source = source }
            let service = try WebhookService(options, logger: logger)
            do {
                for letter in ofOne {
                    if try await !send(letter, service, file) { failed += 1 }
                }
            } catch {
                await service.close()
                throw error
            }
            await service.close()
        }
        if failed > 0 {
            StandardError.complain("\(failed) of \(letters.count) were not sent; they stay for the next replay")
            throw ExitCode(1)
        }
        try await file.clear()
        print(letters.isEmpty ? "nothing is to be sent again" : "\(letters.count) sent; the file is now \(deadLetters).sent")
    }

    /// - Returns: whether it is done with.
    private func send(_ letter: DeadLetters.Letter, _ service: WebhookService, _ file: DeadLetters) async throws -> Bool {
        let title = "\(letter.pool) \(letter.resource) \(letter.amount)"
        guard let request = letter.request else {
            StandardError.complain("\(title): this version knows no such resource; left out")
            return true
        }
        guard try await !file.isOutdated(letter) else {
            print("\(title): left out, a later request has come meanwhile")
            try await file.settle(letter, now: Date().timeIntervalSince1970)
            return true
        }
        let outcome = await service.reserve(request) {}
        print("\(title): \(outcome)")
        if case .denied(_) = outcome { return false }
        try await file.settle(letter, now: Date().timeIntervalSince1970)
        return true
    }
}
