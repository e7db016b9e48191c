using System.Text;

namespace ZonalStorage.Cmdlets.Operations;

/// <summary>What becomes of an object's content in the pipeline.</summary>
internal abstract record ContentShape
{
    /// <summary>One array.</summary>
    public sealed record Whole : ContentShape;

    /// <summary>One string.</summary>
    /// <param name="Encoding">Where the content has no byte order mark that says otherwise.</param>
    public sealed record Text(Encoding Encoding) : ContentShape
    {
        /// <summary>The content as text; a byte order mark is not part of it.</summary>
        public string Decode(byte[] bytes)
        {
            using var reader = new StreamReader(new MemoryStream(bytes), Encoding, detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
    }

    /// <summary>A stream, which whoever takes it disposes of.</summary>
    public sealed record AsStream : ContentShape;

    /// <summary>Arrays of one size, in order, the last one shorter.</summary>
    /// <param name="Size">Bytes of each.</param>
    /// <param name="ReuseBuffer">The same array each time, filled anew.</param>
    public sealed record Chunks(int Size, bool ReuseBuffer) : ContentShape;
}
