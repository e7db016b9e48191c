using System.CommandLine;
using ZonalStorage.Throughput;

return await new RootCommand("Measures what the engine reads, through its public surface alone.") { ReadCommand.Create() }
    .Parse(args)
    .InvokeAsync();
