using Google.Cloud.Storage.V2;
using ZonalStorage.Emulator.Grpc;

namespace ZonalStorage.Emulator.Services.Reading;

/// <summary>What an offset and a length mean on an object of a given size.</summary>
internal static class RangeRules
{
    /// <summary>
    /// Start and end of a range, or null where there is none: past the end, or of negative length. A negative offset
    /// counts from the end and stops at the start; length 0 runs to the end; a length past the end is cut.
    /// </summary>
    public static (long Start, long End)? Resolve(long offset, long length, long size)
    {
        if (length < 0) return null;
        var start = offset < 0 ? Math.Max(0, size + offset) : offset;
        if (start > size) return null;
        return (start, length == 0 || length > size - start ? size : start + length);
    }

    /// <summary>The end of a stream, with the ranges that caused it named in the details.</summary>
    public static RpcFailure OutOfRange(IEnumerable<long> readIds, string message)
    {
        var error = new BidiReadObjectError();
        foreach (var id in readIds)
        {
            error.ReadRangeErrors.Add(new ReadRangeError
            {
                ReadId = id,
                Status = new Google.Rpc.Status { Code = (int)StatusCode.OutOfRange, Message = message },
            });
        }

        return new RpcFailure(StatusCode.OutOfRange, message, error);
    }
}
