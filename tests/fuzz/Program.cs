using System.CommandLine;
using System.Diagnostics;
using ZonalStorage.Fuzz;
using ZonalStorage.Fuzz.Targets;

var executions = new Option<long>("--executions") { Description = "Inputs for each target.", DefaultValueFactory = _ => 1_000_000 };
var minutes = new Option<double?>("--minutes") { Description = "Ends each target after so long, if it is not done before." };
var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same inputs.", DefaultValueFactory = _ => 1 };
var only = new Option<string[]>("--target") { Description = "These targets alone." };
var run = new Command("run", "Runs the targets; fails at the first broken promise and writes its input.") { executions, minutes, seed, only };
run.SetAction(result =>
{
    var chosen = result.GetValue(only) is { Length: > 0 } names
        ? FuzzTargets.All.Where(t => names.Contains(t.Name, StringComparer.Ordinal))
        : FuzzTargets.All;
    var total = 0L;
    foreach (var target in chosen)
    {
        var fuzzer = new Fuzzer(target, result.GetValue(seed));
        var watch = Stopwatch.StartNew();
        try
        {
            fuzzer.Run(result.GetValue(executions), result.GetValue(minutes) is { } m ? TimeSpan.FromMinutes(m) : null);
        }
        catch (FuzzFailureException e)
        {
            var file = Path.GetFullPath($"crash-{target.Name}.bin");
            File.WriteAllBytes(file, e.Input);
            Console.Error.WriteLine($"{e.Message}\nThe input is in {file}.");
            return 1;
        }

        total += fuzzer.Executions;
        Console.WriteLine(FormattableString.Invariant(
            $"{target.Name,-14} {fuzzer.Executions,12:N0} executions  {fuzzer.Executions / watch.Elapsed.TotalSeconds,10:N0}/s  {fuzzer.Behaviours,7:N0} behaviours  largest allocation {fuzzer.LargestAllocation,9:N0} bytes"));
    }

    Console.WriteLine(FormattableString.Invariant($"{total:N0} executions: no crash, no hang, nothing unbounded."));
    return 0;
});

var file = new Argument<FileInfo>("file");
var name = new Argument<string>("target");
var replay = new Command("replay", "Executes one input.") { name, file };
replay.SetAction(result =>
    Console.WriteLine(FuzzTargets.Named(result.GetValue(name)!).Execute(File.ReadAllBytes(result.GetValue(file)!.FullName))));

var folder = new Argument<DirectoryInfo>("folder");
var write = new Command("seed", "Writes the corpus that the targets make.") { folder };
write.SetAction(result =>
{
    foreach (var target in FuzzTargets.All) Corpus.Write(target, result.GetValue(folder)!.FullName);
});

return await new RootCommand("Feeds mutated bytes to everything that takes bytes from outside.") { run, replay, write }.Parse(args).InvokeAsync();
