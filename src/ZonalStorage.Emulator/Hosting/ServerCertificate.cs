using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ZonalStorage.Emulator.Hosting;

/// <summary>
/// A throw-away authority and a certificate that it issued for localhost, 127.0.0.1 and ::1. Clients trust the
/// authority; its key is forgotten as soon as the certificate is signed.
/// </summary>
internal sealed record ServerCertificate(X509Certificate2 Leaf, string AuthorityPem)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <param name="fault">What is wrong with it; null for nothing.</param>
    public static ServerCertificate Create(TlsFault? fault = null)
    {
        var from = DateTimeOffset.UtcNow.AddHours(-1);
        var until = fault is TlsFault.Expired ? from.AddMinutes(30) : from.AddDays(30);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest(
            "CN=ZonalStorage emulator", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        authorityRequest.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (fault is TlsFault.WrongName)
        {
            names.AddDnsName("elsewhere.example");
        }
        else
        {
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using var signed = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(16));
        using var withKey = signed.CopyWithPrivateKey(key);

        // Windows' TLS does not take a key that exists in memory only; a round trip through PFX satisfies it.
        var leaf = new X509Certificate2(withKey.Export(X509ContentType.Pfx));
        return new ServerCertificate(leaf, authority.ExportCertificatePem());
    }
}
