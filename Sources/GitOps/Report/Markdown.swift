internal import Git

/// Text from manifests and conditions, made safe to stand in Markdown on a forge.
package enum Markdown {
    /// The text as it is, on one line: nothing in it is taken for markup, for a column's end, or for a mention.
    package static func text(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "!", "$":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            // A forge would tell a person of that name each time.
            case "@": result += "&#64;"
            case "\n", "\r", "\t": result += " "
            default:
                // Control characters, and those that turn the direction of writing, have nothing to say here.
                let isInvisible =
                    scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
                    || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                if !isInvisible { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// The text as code, which forges show as it stands.
    package static func code(_ text: String) -> String {
        // Neither a backtick nor a bar can stand in code in a table by any escape that all forges know.
        let isPlain =
            !text.isEmpty && text.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 && $0 != "`" && $0 != "|" }
        return isPlain && text.first != " " && text.last != " " ? "`\(text)`" : Self.text(GitPath(text).description)
    }

    /// A link to another file of the report, by its path from the folder of the page.
    package static func link(_ label: String, to path: String) -> String {
        // A path holds percent signs that are part of its name, so they are encoded once more.
        "[\(text(label))](\(path.replacing("%", with: "%25").replacing("~", with: "%7E")))"
    }

    /// A message cut to what fits a table.
    package static func short(_ message: String, limit: Int = 300) -> String {
        message.count <= limit ? text(message) : text(message.prefix(limit)) + "…"
    }
}
