using Microsoft.AspNetCore.Connections;
using ZonalStorage.Emulator.Shaping;
using ZonalStorage.Emulator.Wire;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>What all streams of one data connection share; its presence marks a request of the data port.</summary>
internal sealed class DataConnection(ConnectionContext connection, Pacer? pacer, SpoiledWire? wire)
{
    public Pacer? Pacer { get; } = pacer;

    /// <summary>Where its frames can be spoiled; null where no script wants that.</summary>
    public SpoiledWire? Wire { get; } = wire;

    /// <summary>Closes the socket without a word.</summary>
    public void Drop() => connection.Abort(new ConnectionAbortedException("Dropped by a fault."));
}
