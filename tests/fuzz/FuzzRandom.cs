namespace ZonalStorage.Fuzz;

/// <summary>Random numbers by splitmix64: the same for a seed on every runtime and version.</summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next64()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to below <paramref name="bound"/>, which is more than 0.</summary>
    public int Next(int bound) => (int)(Next64() % (ulong)bound);
}
