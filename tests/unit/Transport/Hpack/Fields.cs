using System.Text;
using ZonalStorage.Transport.Hpack;

namespace ZonalStorage.Tests.Transport.Hpack;

/// <summary>Keeps decoded fields, and what they weigh.</summary>
internal sealed class Fields : IHeaderSink
{
    private readonly List<(byte[] Name, byte[] Value)> _fields = [];

    public IReadOnlyList<(byte[] Name, byte[] Value)> List => _fields;

    public int Weight { get; private set; }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _fields.Add((name.ToArray(), value.ToArray()));
        Weight += name.Length + value.Length + 32;
    }

    public override string ToString() => string.Join(
        '\n', _fields.Select(static f => $"{Encoding.UTF8.GetString(f.Name)}: {Encoding.UTF8.GetString(f.Value)}"));
}
