using Xunit;
using ZonalStorage.Fuzz;
using ZonalStorage.Fuzz.Targets;

namespace ZonalStorage.Tests;

/// <summary>Apart from the others: it looks at memory that belongs to the whole process.</summary>
[CollectionDefinition(nameof(FuzzTests), DisableParallelization = true)]
public sealed class FuzzCollection;

/// <summary>A fixed budget of the fuzz targets, the same inputs each time; docs/reliability.md has the long run.</summary>
[Collection(nameof(FuzzTests))]
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(static t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_bytes_break_a_promise(string target)
    {
        var fuzzer = new Fuzzer(FuzzTargets.Named(target), seed: 20_261_123);
        fuzzer.Run(target is "frames" ? 5_000 : 50_000);
        Assert.True(fuzzer.Behaviours > 20, $"Only {fuzzer.Behaviours} things happened: the target sees no further than its first check.");
    }

    [Fact]
    public void A_broken_promise_is_found_and_its_input_told()
    {
        var error = Assert.Throws<FuzzFailureException>(() => new Fuzzer(new BrokenTarget(), seed: 1).Run(1_000_000));
        Assert.Contains((byte)0xFF, error.Input);
    }

    /// <summary>Borrows a corpus, and breaks at a byte that is rare in it.</summary>
    private sealed class BrokenTarget : FuzzTarget
    {
        public override string Name => "range";

        public override int Execute(ReadOnlySpan<byte> input)
        {
            Require(!input.Contains((byte)0xFF), "no 0xFF");
            return 0;
        }

        public override IEnumerable<(string Name, byte[] Bytes)> Seeds() => [];
    }
}
