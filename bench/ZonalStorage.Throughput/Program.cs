using System.CommandLine;
using ZonalStorage.Throughput;
using ZonalStorage.Throughput.Reliability;

var command = new RootCommand("Measures what the engine reads, through its public surface alone.");
command.Add(ReadCommand.Create());
command.Add(FaultsCommand.Create());
command.Add(SoakCommand.Create());
return await command.Parse(args).InvokeAsync();
