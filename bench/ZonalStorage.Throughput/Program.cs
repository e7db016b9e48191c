using System.CommandLine;
using ZonalStorage.Throughput;

var command = new RootCommand("Measures what the engine reads, through its public surface alone.");
command.Add(ReadCommand.Create());
return await command.Parse(args).InvokeAsync();
