using Xunit;
using ZonalStorage.Memory;
using ZonalStorage.Prefetching;
using ZonalStorage.Protocol;
using ZonalStorage.Reading;
using ZonalStorage.TestSupport;
using ZonalStorage.Transport.Grpc;

namespace ZonalStorage.Tests.Prefetching;

/// <summary>Reads come at once; what is read ahead comes when the test says so.</summary>
internal sealed class RecordingSource(long size) : IRangeSource
{
    public List<RangeRead> Asked { get; } = [];

    public List<(long Offset, int Length)> Filled { get; } = [];

    public long Size => size;

    /// <summary>Has what was asked for come, as the content formula says.</summary>
    /// <param name="most">Ranges at most, the first first.</param>
    public unsafe void Deliver(int most = int.MaxValue)
    {
        foreach (var range in Asked)
        {
            if (range.IsFinished) continue;
            if (most-- == 0) return;
            var bytes = SplitMixContent.Bytes(range.Offset, range.Length);
            fixed (byte* start = bytes)
            {
                ReadOnlySpan<Fragment> fragments = [new Fragment(start, bytes.Length)];
                var chunk = new ReadChunk
                {
                    Offset = range.Offset,
                    Content = new FragmentSequence(fragments, 0, bytes.Length),
                    IsRangeEnd = true,
                };
                var step = range.Accept(chunk, new GrpcMessage(fragments, bytes.Length), 0, static (_, _, _) => { });
                Assert.Equal(RangeStep.Completed, step);
            }

            range.TryFinish(error: null);
        }
    }

    public int MaximumStreams => 4;

    public void Add(IReadOnlyList<RangeRead> ranges, int streams) => Asked.AddRange(ranges);

    public Task FillAsync(
        long offset, Memory<byte> destination, ZonalProgress? progress, CancellationToken cancellationToken)
    {
        Filled.Add((offset, destination.Length));
        SplitMixContent.Bytes(offset, destination.Length).CopyTo(destination);
        return Task.CompletedTask;
    }
}
