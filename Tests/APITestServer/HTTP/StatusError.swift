/// A refusal, as API servers write it: a `Status` object with wording that people and programs know.
struct StatusError: Error {
    var code: Int
    var reason: String
    var message: String
    var details: JSON = .null
    /// Seconds.
    var retryAfter: Int?
    /// Members of the list metadata, for 410 on paging.
    var metadata: JSON = [:]

    var body: JSON {
        var body: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": .string(message), "reason": .string(reason), "code": .integer(code),
        ]
        body["details"] = details
        return body
    }

    /// What is wrong with one field.
    struct Cause: Hashable {
        enum Kind: String {
            case required = "FieldValueRequired"
            case invalid = "FieldValueInvalid"
            case forbidden = "FieldValueForbidden"
            case notSupported = "FieldValueNotSupported"
            case typeInvalid = "FieldValueTypeInvalid"
            case tooLong = "FieldValueTooLong"
        }

        var kind: Kind
        var field: String
        /// As it is put after the field's name.
        var text: String

        static func required(_ field: String, _ text: String = "") -> Cause {
            Cause(kind: .required, field: field, text: text.isEmpty ? "Required value" : "Required value: \(text)")
        }

        static func invalid(_ field: String, _ value: JSON, _ text: String) -> Cause {
            Cause(kind: .invalid, field: field, text: "Invalid value: \(value): \(text)")
        }

        static func forbidden(_ field: String, _ text: String) -> Cause {
            Cause(kind: .forbidden, field: field, text: "Forbidden: \(text)")
        }

        static func tooLong(_ field: String, _ text: String) -> Cause {
            Cause(kind: .tooLong, field: field, text: "Too long: \(text)")
        }

        static func notSupported(_ field: String, _ value: JSON, _ supported: [String]) -> Cause {
            let all = supported.map { "\"\($0)\"" }.joined(separator: ", ")
            return Cause(
                kind: .notSupported, field: field, text: "Unsupported value: \(value): supported values: \(all)")
        }
    }

    static func invalid(_ kind: ServedKind, _ name: String, _ causes: [Cause]) -> StatusError {
        let texts = causes.map { "\($0.field): \($0.text)" }
        let all = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details: JSON = ["name": .string(name), "kind": .string(kind.kind)]
        if !kind.group.isEmpty { details["group"] = .string(kind.group) }
        details["causes"] = .array(
            causes.map {
                ["reason": .string($0.kind.rawValue), "message": .string($0.text), "field": .string($0.field)]
            })
        return StatusError(
            code: 422, reason: "Invalid", message: "\(kind.qualifiedKind) \"\(name)\" is invalid: \(all)",
            details: details)
    }

    /// Options of a request, not an object.
    static func invalidOptions(_ options: String, _ cause: Cause) -> StatusError {
        invalid(
            ServedKind(group: "meta.k8s.io", versions: ["v1"], plural: "", kind: options, isNamespaced: false),
            "", [cause])
    }

    private static func named(_ kind: ServedKind, _ name: String) -> JSON {
        var details: JSON = ["name": .string(name), "kind": .string(kind.plural)]
        if !kind.group.isEmpty { details["group"] = .string(kind.group) }
        return details
    }

    static func notFound(_ kind: ServedKind, _ name: String) -> StatusError {
        StatusError(
            code: 404, reason: "NotFound", message: "\(kind.qualifiedPlural) \"\(name)\" not found",
            details: named(kind, name))
    }

    /// A path inside of a known group and version.
    static let noResource = StatusError(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource", details: [:])

    static func alreadyExists(_ kind: ServedKind, _ name: String) -> StatusError {
        StatusError(
            code: 409, reason: "AlreadyExists", message: "\(kind.qualifiedPlural) \"\(name)\" already exists",
            details: named(kind, name))
    }

    static func conflict(
        _ kind: ServedKind, _ name: String,
        _ why: String = "the object has been modified; please apply your changes to the latest version and try again"
    ) -> StatusError {
        StatusError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(kind.qualifiedPlural) \"\(name)\": \(why)",
            details: named(kind, name))
    }

    static func forbidden(_ kind: ServedKind, _ name: String?, _ why: String) -> StatusError {
        let subject = name.map { "\(kind.qualifiedPlural) \"\($0)\"" } ?? kind.qualifiedPlural
        return StatusError(
            code: 403, reason: "Forbidden", message: "\(subject) is forbidden: \(why)",
            details: named(kind, name ?? ""))
    }

    static func badRequest(_ message: String) -> StatusError {
        StatusError(code: 400, reason: "BadRequest", message: message)
    }

    static let unauthorized = StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static let methodNotAllowed = StatusError(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource", details: [:])

    static func unsupportedMediaType(_ accepted: [String]) -> StatusError {
        StatusError(
            code: 415, reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format - accepted media types include: "
                + accepted.joined(separator: ", "))
    }

    static func expired(_ message: String, metadata: JSON = [:]) -> StatusError {
        StatusError(code: 410, reason: "Expired", message: message, metadata: metadata)
    }

    /// As the middle of a server that is in trouble answers.
    static func fault(_ code: Int, retryAfter: Int?) -> StatusError {
        let (reason, message) =
            switch code {
            case 429: ("TooManyRequests", "Too many requests, please try again later.")
            case 500: ("InternalError", "Internal error occurred: etcdserver: request timed out")
            case 503: ("ServiceUnavailable", "the server is currently unable to handle the request")
            case 504: ("Timeout", "Timeout: request did not complete within the allotted timeout")
            default: ("", "the server has answered \(code)")
            }
        var error = StatusError(code: code, reason: reason, message: message, retryAfter: retryAfter)
        if let retryAfter { error.details = ["retryAfterSeconds": .integer(retryAfter)] }
        return error
    }
}
