import Git
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("/srv/git/shop.git", "/srv/git/shop.git", RemoteURL.Kind.path, "shop"),
        ("file:///srv/git/my%20shop/", "/srv/git/my shop/", .path, "my-shop"),
        ("https://example.com/acme/Shop.git", "https://example.com/acme/Shop.git", .http, "acme-shop"),
        ("https://ada:s3cret@Example.com:8443/shop", "https://example.com:8443/shop", .http, "shop"),
        ("http://t0ken@[::1]:80/a/b/c", "http://[::1]:80/a/b/c", .http, "b-c"),
        ("ssh://git@example.com:2222/acme/shop.git", "ssh://git@example.com:2222/acme/shop.git", .ssh, "acme-shop"),
        ("ssh://git:s3cret@example.com/shop", "ssh://git@example.com/shop", .ssh, "shop"),
        ("git@example.com:acme/shop_2.git", "git@example.com:acme/shop_2.git", .ssh, "acme-shop-2"),
    ])
    func `addresses are read, without credentials`(text: String, shown: String, kind: RemoteURL.Kind, name: String)
        throws
    {
        let address = try RemoteURL(text)
        #expect(address.description == shown)
        #expect(address.kind == kind)
        #expect(address.defaultName == name)
    }

    @Test(arguments: [
        "", "ftp://example.com/a", "git://example.com/a", "https:///a", "https://example.com:99999/a",
        "file://host/a", "@host:", ":a",
        "ada:99999@host:shop", "https://ada:99999%@host/shop", "https://host/a\nb",
    ])
    func `what is no address is refused, without repeating it`(text: String) {
        let error = #expect(throws: GitError.self) { try RemoteURL(text) }
        #expect(error?.description.contains("99999") == false)
    }

    @Test func `relative paths are taken from the current folder`() throws {
        #expect(try RemoteURL("./a/../b").withoutCredentials.hasSuffix("/b"))
        #expect(try RemoteURL("a").withoutCredentials == RemoteURL("./a").withoutCredentials)
        #expect(try RemoteURL("a").withoutCredentials.hasPrefix("/"))
    }

    @Test func `credentials come from the environment and are never shown`() {
        let credentials = Credentials.fromEnvironment([
            "ELAFROS_GIT_TOKEN": "t0ken", "ELAFROS_GIT_SSH_KEY": "/key", "ELAFROS_GIT_SSH_KEY_PASSPHRASE": "s3cret",
            "ELAFROS_GIT_CA_FILE": "", "SSH_AUTH_SOCK": "/agent",
        ])
        guard case .token("t0ken") = credentials.http else { return #expect(Bool(false), "no token") }
        #expect(credentials.sshKey?.passphrase == "s3cret")
        #expect(credentials.authoritiesFile == nil)
        #expect(credentials.usesAgent)
        #expect("\(credentials)" == "Credentials(token, ssh key, ssh agent)")
        #expect(String(reflecting: credentials) == "\(credentials)")
    }

    @Test func `object ids are read, written and ordered as their text`() {
        let text = "0123456789abcdef0123456789abcdef01234567"
        let id = ObjectID(hex: text)
        #expect(id?.hex == text)
        #expect(ObjectID(hex: text.uppercased()) == id)
        #expect(id?.short == "0123456")
        #expect(ObjectID(hex: text.dropLast()) == nil)
        #expect(ObjectID(hex: text + "0") == nil)
        #expect(ObjectID(hex: text.dropLast() + "g") == nil)
        let texts = ["ff" + text.dropFirst(2), text, text.dropLast() + "8"]
        #expect(texts.compactMap { ObjectID(hex: $0) }.sorted().map(\.hex) == texts.sorted())
    }
}
