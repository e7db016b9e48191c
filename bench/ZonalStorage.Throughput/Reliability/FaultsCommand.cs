using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ZonalStorage.TestSupport;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>The <c>faults</c> command: every fault of the emulator against every kind of read.</summary>
internal static class FaultsCommand
{
    private const long Size = 12_000_001;
    private const string Begin = "<!-- table: begin -->";
    private const string End = "<!-- table: end -->";

    // Stalls are short here, and nothing configured is longer: what takes this long hangs.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var write = new Option<FileInfo?>("--write") { Description = "Put the table into this file, between its two markers." };
        var only = new Option<string?>("--only") { Description = "Faults whose name contains this." };
        var command = new Command("faults", "Reads in every way under every fault of the emulator and prints a table.") { write, only };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (table, isGood) = await RunAsync(result.GetValue(only), cancellationToken);
            Console.WriteLine(table);
            if (result.GetValue(write) is { } file) Replace(file.FullName, table);
            return isGood ? 0 : 1;
        });
        return command;
    }

    private static async Task<(string Table, bool IsGood)> RunAsync(string? only, CancellationToken cancellationToken)
    {
        await using var emulator = await EmulatorProcess.StartAsync();
        using var admin = new EmulatorAdmin(emulator.Admin);
        var folder = Directory.CreateTempSubdirectory("zonal-faults");
        var table = new StringBuilder("| fault | ").AppendJoin(" | ", ReadKind.All.Select(static k => k.Name)).AppendLine(" |")
            .Append('|').AppendJoin('|', Enumerable.Repeat("---", ReadKind.All.Count + 1)).AppendLine("|");
        var (right, refused, wrong, hung) = (0, 0, 0, 0);
        try
        {
            // Once without a fault: types are loaded and code compiled, which would count for the first fault.
            foreach (var kind in ReadKind.All) await RunOneAsync(emulator.Endpoint, admin, "none", kind, folder.FullName, cancellationToken);
            await admin.IsLetGoAsync();
            var threads = Process.GetCurrentProcess().Threads.Count;
            foreach (var form in (await admin.GetFaultFormsAsync()).Where(f => only is null || f.Contains(only, StringComparison.Ordinal)))
            {
                var fault = FaultExamples.Of(form);
                table.Append(CultureInfo.InvariantCulture, $"| `{fault}` ");
                foreach (var kind in ReadKind.All)
                {
                    var cell = await RunOneAsync(emulator.Endpoint, admin, fault, kind, folder.FullName, cancellationToken);
                    right += cell.Outcome is "right" ? 1 : 0;
                    wrong += cell.Outcome.StartsWith("WRONG", StringComparison.Ordinal) ? 1 : 0;
                    hung += cell.Outcome is "HANG" ? 1 : 0;
                    refused += cell.IsError ? 1 : 0;
                    table.Append(CultureInfo.InvariantCulture, $"| {cell.Outcome}, {cell.Attempts}, {cell.Time.TotalSeconds:0.00} s ");
                }

                table.AppendLine("|");
                await Console.Error.WriteLineAsync(fault);
            }

            var isLetGo = await admin.IsLetGoAsync();
            var leaked = await CountLeakedThreadsAsync(threads);
            table.AppendLine().Append(
                CultureInfo.InvariantCulture,
                $"{right} reads right, {refused} ended by a clear error, {wrong} wrong, {hung} hung; ");
            table.AppendLine(
                isLetGo && leaked == 0 ? "no stream, connection or thread left over." : $"LEAKED: {leaked} threads, streams let go: {isLetGo}.");
            return (table.ToString(), wrong == 0 && hung == 0 && isLetGo && leaked == 0);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Cell> RunOneAsync(
        Uri endpoint, EmulatorAdmin admin, string fault, ReadKind kind, string folder, CancellationToken cancellationToken)
    {
        // A session of its own for each: other headers, so a connection of its own.
        var session = ZonalSession.Create(new ZonalSessionOptions
        {
            Endpoint = endpoint, ExtraHeaders = await admin.MakeScriptAsync(fault),
            StallTimeout = TimeSpan.FromSeconds(2), ResumeTimeout = TimeSpan.FromSeconds(20),
        });
        var clock = Stopwatch.StartNew();
        var outcome = "right";
        var isError = false;
        try
        {
            // An object that grows is read as far as it went when it was opened.
            var told = fault is "smaller-when-opened" ? Size / 2 : Size;
            await kind.RunAsync(new ReadTask(session, Size, new Random(1), folder) { Size = told }, cancellationToken)
                .WaitAsync(_patience, cancellationToken);
        }
        catch (ZonalException e)
        {
            outcome = e.ErrorId;
            isError = true;
        }
        catch (WrongBytesException e)
        {
            outcome = "WRONG: " + e.Message;
        }
        catch (TimeoutException)
        {
            outcome = "HANG";
        }

        var time = clock.Elapsed;
        var attempts = session.BrokenStreams + 1;
        await session.DisposeAsync();
        return new Cell(outcome, isError, attempts, time);
    }

    /// <summary>Receive threads are named; others of the pool come and go as the runtime likes.</summary>
    private static async Task<int> CountLeakedThreadsAsync(int before)
    {
        for (var i = 0; i < 100; i++)
        {
            if (CountReceiveThreads() == 0) return 0;
            await Task.Delay(50);
        }

        return OperatingSystem.IsLinux() ? CountReceiveThreads() : Process.GetCurrentProcess().Threads.Count - before;
    }

    // Linux keeps the first 15 characters of a thread's name.
    private static int CountReceiveThreads() => OperatingSystem.IsLinux()
        ? Directory.EnumerateDirectories("/proc/self/task").Count(static t =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(t, "comm")).StartsWith("zonal receive", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        })
        : 0;

    private static void Replace(string file, string table)
    {
        var text = File.ReadAllText(file);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin) throw new InvalidOperationException($"{file} lacks the lines '{Begin}' and '{End}'.");
        File.WriteAllText(file, $"{text[..begin]}\n{table}{text[end..]}");
    }

    private sealed record Cell(string Outcome, bool IsError, long Attempts, TimeSpan Time);
}
