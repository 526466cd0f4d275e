internal import Glibc

/// What the kernel says of this process, under the names that Prometheus' own clients use.
public struct ProcessMetrics: MetricSource {
    /// Metrics of the process that this is.
    public init() {}

    /// The numbers as they stand now. What cannot be read from `/proc` is left out.
    public var families: [MetricFamily] {
        func family(_ name: String, _ kind: MetricFamily.Kind, _ value: Double?, _ help: String) -> MetricFamily? {
            value.map { MetricFamily(name, kind, help: help, samples: [MetricSample([], $0)]) }
        }
        let stat = Self.text(of: "/proc/self/stat").flatMap(ProcessStat.init)
        let boot = Self.text(of: "/proc/stat").flatMap(ProcessStat.bootTime)
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        let pages = Double(sysconf(CInt(_SC_PAGESIZE)))
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return [
            family(
                "process_cpu_seconds_total",
                .counter,
                stat.map { $0.cpuTicks / ticks },
                "Time that the processors spent on this process, in seconds."
            ),
            family("process_open_fds", .gauge, Self.openFiles, "How many files, sockets and the like are open."),
            family("process_max_fds", .gauge, hasLimit ? Double(limit.rlim_cur) : nil, "How many of them may be open."),
            family(
                "process_resident_memory_bytes",
                .gauge,
                stat.map { $0.residentPages * pages },
                "Memory of this process that is in RAM, in bytes."
            ),
            family("process_virtual_memory_bytes", .gauge, stat?.virtualBytes, "Addresses in use, in bytes."),
            family(
                "process_start_time_seconds",
                .gauge,
                stat.flatMap { stat in boot.map { $0 + stat.startTicks / ticks } },
                "When this process began, in seconds since 1970."
            ),
        ].compactMap { $0 }
    }

    private static var openFiles: Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // Reading the folder opened one.
        return Double(count - 1)
    }

    /// The text of a file of `/proc`, which tells no size before it is read.
    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? String(decoding: text, as: UTF8.self) : nil }
            text += buffer[..<count]
        }
    }
}

/// The numbers of `/proc/self/stat` that are asked for (proc_pid_stat(5)).
struct ProcessStat {
    let cpuTicks: Double
    let startTicks: Double
    let virtualBytes: Double
    let residentPages: Double

    init?(_ text: String) {
        // The second field is the program's name in brackets, which may hold spaces and brackets.
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        // From here the third field of the manual page is the first.
        func number(_ field: Int) -> Double? { fields.indices.contains(field - 3) ? Double(fields[field - 3]) : nil }
        guard let user = number(14), let system = number(15), let start = number(22), let size = number(23),
            let resident = number(24)
        else { return nil }
        cpuTicks = user + system
        startTicks = start
        virtualBytes = size
        residentPages = resident
    }

    /// When the machine was started, in seconds since 1970, as `/proc/stat` says it.
    static func bootTime(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
    }
}
