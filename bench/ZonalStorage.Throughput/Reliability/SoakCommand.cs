using System.CommandLine;

namespace ZonalStorage.Throughput.Reliability;

/// <summary>The <c>soak</c> command.</summary>
internal static class SoakCommand
{
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = static _ => 20 };
        var rate = new Option<double>("--fault-rate") { Description = "Share of read calls that fail.", DefaultValueFactory = static _ => 0.05 };
        var workers = new Option<int>("--workers") { DefaultValueFactory = static _ => 6 };
        var seed = new Option<int>("--seed") { DefaultValueFactory = static _ => 1 };
        var command = new Command("soak", "Reads in every way at once, over many sessions, from an emulator that fails, and checks every byte.")
        {
            minutes, rate, workers, seed,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var soak = new Soak(
                TimeSpan.FromMinutes(result.GetValue(minutes)), result.GetValue(rate), result.GetValue(workers), result.GetValue(seed));
            return await soak.RunAsync(cancellationToken);
        });
        return command;
    }
}
