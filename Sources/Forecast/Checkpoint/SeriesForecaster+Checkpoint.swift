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
