using System.CommandLine;
using ZonalStorage.Emulator.Hosting;

// The web host handles signals; the command line's own handling would cut its shutdown short.
return await EmulatorCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration
{
    ProcessTerminationTimeout = null,
});
