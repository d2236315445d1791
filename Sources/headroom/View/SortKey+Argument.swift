internal import ArgumentParser
internal import NodeView

extension SortKey: ExpressibleByArgument {}
