using Microsoft.AspNetCore.Connections;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>What can be wrong with TLS.</summary>
internal enum TlsFault
{
    /// <summary>The certificate's time is over.</summary>
    Expired,

    /// <summary>The certificate is another host's.</summary>
    WrongName,

    /// <summary>HTTP/2 is not among the protocols that ALPN offers.</summary>
    NoHttp2,

    /// <summary>Every other connection, the second first, is closed in the handshake.</summary>
    HangUp,
}

/// <summary>Faults below HTTP/2.</summary>
internal static class TlsFaults
{
    /// <summary>Middleware of <see cref="TlsFault.HangUp"/>, to stand before TLS.</summary>
    public static ConnectionDelegate HangUpEveryOther(ConnectionDelegate next)
    {
        var count = 0;
        return async connection =>
        {
            if (Interlocked.Increment(ref count) % 2 != 0)
            {
                await next(connection);
                return;
            }

            // Something of the client's hello has come: then it is in the midst of it.
            await connection.Transport.Input.ReadAsync();
            connection.Abort(new ConnectionAbortedException("Hung up by a fault."));
        };
    }
}
