extension SeriesForecaster {
    /// The whole state: lead times, quantiles, then the records as they lie in memory. About
    /// 4 KiB for two leads and four quantiles.
    func encodedState() -> [UInt8] {
        let header = storage.header
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(header.leadCount)
        bytes.appendLittleEndian(header.quantileCount)
        for lead in header.configuration.horizonsNanoseconds { bytes.appendLittleEndian(lead) }
        for level in header.configuration.quantiles { bytes.appendLittleEndian(level.bitPattern) }
        unsafe withUnsafeBytes(of: header.state) { unsafe bytes.append(contentsOf: $0) }
        unsafe storage.withRecordBytes { unsafe bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The lead times and quantiles that `encodedState` begins with; nil when they cannot be true.
    static func configuration(ofEncodedState bytes: ArraySlice<UInt8>) -> ForecastConfiguration? {
        var reader = ByteReader(bytes)
        guard let leadCount = reader.read(UInt16.self), let count = reader.read(UInt16.self),
            leadCount > 0, count > 0
        else { return nil }
        var leads: [Int64] = []
        var quantiles: [Double] = []
        for _ in 0..<leadCount {
            guard let lead = reader.read(Int64.self), lead > 0 else { return nil }
            leads.append(lead)
        }
        for _ in 0..<count {
            guard let bits = reader.read(UInt64.self) else { return nil }
            let quantile = Double(bitPattern: bits)
            guard quantile >= 0, quantile < 1, quantile > quantiles.last ?? -1 else { return nil }
            quantiles.append(quantile)
        }
        return ForecastConfiguration(horizonsNanoseconds: leads, quantiles: quantiles)
    }

    /// Restores what `encodedState` wrote.
    init(
        encodedState bytes: ArraySlice<UInt8>,
        key: String,
        configuration: ForecastConfiguration
    ) throws(CheckpointError) {
        var reader = ByteReader(bytes)
        let leads = configuration.horizonsNanoseconds
        guard reader.read(UInt16.self) == UInt16(leads.count),
            reader.read(UInt16.self) == UInt16(configuration.quantiles.count)
        else { throw .otherConfiguration(key: key) }
        for lead in leads where reader.read(Int64.self) != lead {
            throw .otherConfiguration(key: key)
        }
        for level in configuration.quantiles where reader.read(UInt64.self) != level.bitPattern {
            throw .otherConfiguration(key: key)
        }
        let storage = SeriesStorage.make(configuration)
        guard let state = reader.take(MemoryLayout<SeriesState>.size),
            let records = reader.take(storage.recordByteCount), reader.count == 0
        else { throw .unsound(key: key) }
        unsafe withUnsafeMutableBytes(of: &storage.header.state) {
            unsafe $0.copyBytes(from: state)
        }
        unsafe storage.withRecordBytes { unsafe $0.copyBytes(from: records) }
        guard storage.isSound else { throw .unsound(key: key) }
        self.init(storage: storage)
    }
}
