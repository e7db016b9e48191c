
namespace ZonalStorage;

/// <summary>Somebody who can be asked for an OAuth 2 access token.</summary>
/// <remarks>Thread-safe. The token never appears in logs, errors or <see cref="object.ToString"/>.</remarks>
public abstract class ZonalCredential
{
    /// <summary>Tells who this is, without secrets: a kind and, where known, an account.</summary>
    public abstract string Description { get; }

    /// <summary>A token that is valid now.</summary>
    /// <param name="refresh">True to fetch a new one although the cached one has not expired (it was refused).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZonalException"><c>CredentialRefused</c>: the token could not be had.</exception>
    public abstract ValueTask<string> GetAccessTokenAsync(bool refresh, CancellationToken cancellationToken);

    /// <summary>
    /// Application default credentials: the file of <c>GOOGLE_APPLICATION_CREDENTIALS</c>, that of
    /// <c>gcloud auth application-default login</c>, or the metadata server of the machine, in this order.
    /// </summary>
    /// <exception cref="ZonalException"><c>CredentialsNotFound</c>: there is none; the message says what to type.</exception>
    public static Task<ZonalCredential> GetApplicationDefaultAsync(CancellationToken cancellationToken = default) =>
        GoogleCredentialSource.GetApplicationDefaultAsync(cancellationToken);

    /// <summary>A credential file: service account, authorized user, external account or impersonation.</summary>
    /// <exception cref="ZonalException"><c>CredentialFileInvalid</c>: not such a file.</exception>
    public static Task<ZonalCredential> FromFileAsync(string path, CancellationToken cancellationToken = default) =>
        GoogleCredentialSource.FromFileAsync(path, cancellationToken);
}
