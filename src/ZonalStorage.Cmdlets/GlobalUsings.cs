global using ZonalStorage.Cmdlets.Emulator;
global using ZonalStorage.Cmdlets.Errors;
global using ZonalStorage.Cmdlets.Parameters;
global using ZonalStorage.Cmdlets.Pipeline;
global using ZonalStorage.Cmdlets.Progress;
global using ZonalStorage.Cmdlets.Sessions;
