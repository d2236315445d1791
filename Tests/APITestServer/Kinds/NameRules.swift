/// What names may look like.
enum NameRules {
    private static func isAlphanumeric(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("0"..."9").contains(character)
    }

    private static let subdomainText =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    private static let labelText =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

    /// What is wrong with an object's name; nil for nothing.
    static func fault(_ name: String, _ kind: ServedKind) -> String? {
        if kind.plural == "namespaces" {
            if name.count > 63 { return "must be no more than 63 bytes" }
            return isLabel(name[...]) ? nil : labelText
        }
        if name.count > 253 { return "must be no more than 253 bytes" }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
            ? nil : subdomainText
    }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.allSatisfy { isAlphanumeric($0) || $0 == "-" }
    }

    /// Label keys, and what is like them: `example.com/name`.
    static func isQualifiedName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last, isLabelValue(String(name)) else { return false }
        return parts.count == 1
            || parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    static func isLabelValue(_ text: String) -> Bool {
        guard let first = text.first, let last = text.last, text.count <= 63 else { return false }
        let isOuter = { (character: Character) in character.isASCII && (character.isLetter || character.isNumber) }
        return isOuter(first) && isOuter(last)
            && text.allSatisfy { isOuter($0) || $0 == "-" || $0 == "_" || $0 == "." }
    }

    /// Causes in labels and annotations.
    static func causes(_ metadata: JSON) -> [StatusError.Cause] {
        var causes: [StatusError.Cause] = []
        for (key, value) in metadata["labels"].fields ?? [:] {
            if !isQualifiedName(key) {
                causes.append(
                    .invalid(
                        "metadata.labels", .string(key),
                        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                    ))
            }
            if let text = value.text, !text.isEmpty, !isLabelValue(text) {
                causes.append(
                    .invalid(
                        "metadata.labels", value,
                        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345')"
                    ))
            }
        }
        for key in (metadata["annotations"].fields ?? [:]).keys where !isQualifiedName(key) {
            causes.append(
                .invalid(
                    "metadata.annotations", .string(key),
                    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                ))
        }
        return causes
    }
}
