using BenchmarkDotNet.Running;
using ZonalStorage.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(ShortInProcess).Assembly).Run(args, new ShortInProcess());
