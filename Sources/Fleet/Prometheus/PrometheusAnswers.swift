// Whoever asks Prometheus reads its answers. They are a module of their own so that an answer can be read, and so
// fuzzed, without a network library.
@_exported public import PrometheusAnswers
