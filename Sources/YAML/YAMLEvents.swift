internal import CLibYAML

/// libyaml's parser over bytes of its own: one event after another.
///
/// Anchors, aliases and tags are refused as they come, before anything could be multiplied.
@safe
struct YAMLEvents: ~Copyable {
    // On the heap: the parser points into itself and must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// - Precondition: `input` is UTF-8.
    init(_ input: [UInt8]) {
        unsafe parser = .allocate(capacity: 1)
        unsafe bytes = .allocate(capacity: max(1, input.count))
        _ = unsafe bytes.initialize(fromContentsOf: input)
        // It fails for want of memory only, where Swift's own allocations end the process too.
        guard unsafe yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, input.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe bytes.deallocate()
    }

    mutating func next() throws(YAMLRefusal) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe Self.mark(event.start_mark)
        return YAMLEvent(kind: try unsafe Self.kind(event, mark), mark: mark)
    }

    private static func kind(
        _ event: yaml_event_t,
        _ mark: YAMLMark
    ) throws(YAMLRefusal) -> YAMLEvent.Kind {
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try unsafe refuse(unsafe scalar.anchor, unsafe scalar.tag, mark)
            let text = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                unsafe String(decoding: text, as: UTF8.self),
                isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            )
        case YAML_SEQUENCE_START_EVENT:
            let sequence = unsafe event.data.sequence_start
            try unsafe refuse(unsafe sequence.anchor, unsafe sequence.tag, mark)
            return .sequenceStart
        case YAML_MAPPING_START_EVENT:
            let mapping = unsafe event.data.mapping_start
            try unsafe refuse(unsafe mapping.anchor, unsafe mapping.tag, mark)
            return .mappingStart
        case YAML_ALIAS_EVENT:
            throw YAMLRefusal(
                reason: "aliases (*name) are not taken; write the value out",
                mark: mark
            )
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_STREAM_START_EVENT: return .streamStart
        default: return .streamEnd
        }
    }

    private static func refuse(
        _ anchor: UnsafeMutablePointer<UInt8>?,
        _ tag: UnsafeMutablePointer<UInt8>?,
        _ mark: YAMLMark
    ) throws(YAMLRefusal) {
        if unsafe anchor != nil {
            throw YAMLRefusal(
                reason: "anchors (&name) are not taken; write the value where it belongs",
                mark: mark
            )
        }
        if unsafe tag != nil {
            throw YAMLRefusal(
                reason: "tags (!name) are not taken; write the value alone",
                mark: mark
            )
        }
    }

    /// libyaml's own words, such as "did not find expected key while parsing a block mapping".
    private func problem() -> YAMLRefusal {
        func text(_ pointer: UnsafePointer<CChar>?) -> String? {
            unsafe pointer.map { unsafe String(cString: $0) }
        }
        let problem = unsafe text(parser.pointee.problem) ?? "out of memory"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let mark = unsafe YAMLText.mark(of: parser.pointee.problem_offset, in: bytes.span)
            return YAMLRefusal(reason: "not YAML: \(problem)", mark: mark)
        }
        var reason = "not YAML: \(problem)"
        if let context = unsafe text(parser.pointee.context) {
            let start = unsafe Self.mark(parser.pointee.context_mark)
            reason += " \(context) (from line \(start.line), column \(start.column))"
        }
        return YAMLRefusal(reason: reason, mark: unsafe Self.mark(parser.pointee.problem_mark))
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
        YAMLMark(line: mark.line + 1, column: mark.column + 1)
    }
}
