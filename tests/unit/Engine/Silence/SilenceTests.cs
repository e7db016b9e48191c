using System.Reflection;
using Xunit;

namespace ZonalStorage.Tests.Engine.Silence;

/// <summary>Whatever a server leaves unsaid, every public operation ends in time, by an error that says so.</summary>
public sealed class SilenceTests
{
    // An operation may take several limits of 150 and 300 ms; what is still waiting by then waits for ever.
    private static readonly TimeSpan _guard = TimeSpan.FromSeconds(20);

    // Rows that do not hold yet, as "operation / kind": none of them belongs to metadata or uploads.
    private static readonly HashSet<string> _notYet = new(StringComparer.Ordinal);

    // Asks the machine, not a server of a session.
    private static readonly string[] _elsewhere = ["ZonalSession.GetEnvironmentOptionsAsync(CancellationToken)"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. PublicOperations.All.Select(static o => o.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_silent_server_is_an_error_in_time(string name)
    {
        var operation = PublicOperations.All.Single(o => o.Name == name);
        var kinds = Enum.GetValues<SilenceKind>().Where(k => !(operation.NeedsOpened && k == SilenceKind.NoGreeting));
        var faults = await Task.WhenAll(kinds
            .Where(k => !_notYet.Contains($"{name} / {k}"))
            .Select(async k => await TryAsync(operation, k) is { Length: > 0 } fault ? $"{k}: {fault}" : ""));
        Assert.True(faults.All(static f => f.Length == 0), string.Join('\n', faults.Where(static f => f.Length > 0)));
    }

    [Fact]
    public void No_public_operation_is_missing_here()
    {
        var operations =
            from type in new[] { typeof(ZonalSession), typeof(ZonalObjectReader), typeof(ZonalObjectStream) }
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            where MayWait(method)
            select $"{type.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(static p => Plain(p.ParameterType)))})";
        Assert.Equal(
            operations.Except(_elsewhere, StringComparer.Ordinal).Order(StringComparer.Ordinal),
            PublicOperations.All.Select(static o => o.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_does_not_hold_yet_is_of_operations_that_there_are()
    {
        var rows = PublicOperations.All.SelectMany(static o => Enum.GetValues<SilenceKind>().Select(k => $"{o.Name} / {k}"));
        Assert.Empty(_notYet.Except(rows, StringComparer.Ordinal));
    }

    /// <returns>What is wrong; empty for nothing.</returns>
    private static async Task<string> TryAsync(PublicOperation operation, SilenceKind kind)
    {
        await using var server = new SilentServer(kind, isSilentAtFirst: !operation.NeedsOpened);
        var folder = Directory.CreateTempSubdirectory();
        await using var session = server.Open();
        try
        {
            var stage = new OperationStage(
                session, operation.NeedsOpened ? await session.OpenAsync(OperationStage.Uri, Stop) : null, folder.FullName);
            if (operation.NeedsOpened) await server.FallSilentAsync();
            await operation.RunAsync(stage).WaitAsync(_guard, Stop);
            return operation.MayEndWell ? "" : "ended well";
        }
        catch (ZonalException e) when (e.ErrorId is ZonalErrorIds.DeadlineExceeded or ZonalErrorIds.EndpointTimeout)
        {
            return e.Message.Contains("cancel", StringComparison.OrdinalIgnoreCase) ? e.Message : "";
        }
        catch (TimeoutException)
        {
            return "did not end";
        }
        catch (Exception e) when (e is not OperationCanceledException || !Stop.IsCancellationRequested)
        {
            return e is ZonalException known ? $"{known.ErrorId} {known.Message}" : e.ToString();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool MayWait(MethodInfo method)
    {
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericTypeDefinition() : method.ReturnType;
        return result == typeof(Task) || result == typeof(Task<>) || result == typeof(ValueTask) || result == typeof(ValueTask<>)
            || result == typeof(IAsyncEnumerable<>)
            || method.Name is "Read" or "ReadByte" or "CopyTo" or "Dispose" or "Close";
    }

    private static string Plain(Type type) => type.IsGenericType ? type.Name[..type.Name.IndexOf('`')] : type.Name;
}
