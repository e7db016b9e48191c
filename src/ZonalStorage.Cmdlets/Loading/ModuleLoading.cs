using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace ZonalStorage.Cmdlets.Loading;

/// <summary>Gives the engine and what it depends on a load context of their own, and closes sessions at the end.</summary>
/// <remarks>
/// <para>
/// The engine's DLLs lie in <c>lib/</c>, not beside this one, so that the default context does not find them and asks the
/// hook; the hook answers for the engine alone. Another module's Google.Protobuf thus never meets ours. The hook stays for
/// the life of the process: other runspaces live on when one removes the module.
/// </para>
/// <para>
/// Nothing here may touch an engine type before the hook is in place, hence the calls through methods that are not inlined.
/// </para>
/// </remarks>
public sealed class ModuleLoading : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private const string Engine = "ZonalStorage";

    private static readonly object _gate = new();
    private static EngineContext? _context;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (_gate)
        {
            if (_context is not null) return;
            var folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleLoading).Assembly.Location)!, "lib");
            // Beside the cmdlets (a test host, say) the engine needs no help to be found.
            if (!Directory.Exists(folder)) return;
            _context = new EngineContext(folder);
            AssemblyLoadContext.Default.Resolving += static (_, name) => name.Name == Engine ? _context.LoadEngine() : null;
        }

        RegisterTypeNames();
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => CloseAllSessions();
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => CloseSessions();

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void CloseSessions() => SessionScope.Current.Close();

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void CloseAllSessions() => SessionRegistry.Close(owner: null, SessionScope.CloseLimit);

    /// <summary>
    /// Makes <c>[ZonalStorage.ZonalUri]</c> and the like work: PowerShell looks types up in the default context only.
    /// </summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void RegisterTypeNames()
    {
        var accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators");
        var add = accelerators?.GetMethod("Add", [typeof(string), typeof(Type)]);
        if (add is null || accelerators!.GetProperty("Get")?.GetValue(null) is not IDictionary<string, Type> known) return;
        foreach (var type in typeof(ZonalSession).Assembly.GetExportedTypes())
        {
            if (type is { IsGenericType: false, FullName: { } name } && !known.ContainsKey(name)) add.Invoke(null, [name, type]);
        }
    }

    private sealed class EngineContext(string folder) : AssemblyLoadContext(Engine)
    {
        // By path after a look: asking this context by name for a file that is missing would come back to the hook, without end.
        public Assembly? LoadEngine() => Load(new AssemblyName(Engine));

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var file = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
