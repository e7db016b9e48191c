using System.Text.Json;
using Google.Apis.Auth.OAuth2;

namespace ZonalStorage;

/// <summary>Credentials of Google.Apis.Auth, which knows every kind of credential file and the metadata server.</summary>
internal sealed class GoogleCredentialSource : ZonalCredential
{
    // Reading and writing objects; a metadata server ignores it and hands out what the machine was given.
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";

    private readonly GoogleCredential _credential;

    private GoogleCredentialSource(GoogleCredential credential, string description)
    {
        _credential = credential.IsCreateScopedRequired ? credential.CreateScoped(Scope) : credential;
        Description = description;
    }

    public override string Description { get; }

    public static new async Task<ZonalCredential> GetApplicationDefaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            var credential = await GoogleCredential.GetApplicationDefaultAsync(cancellationToken).ConfigureAwait(false);
            return new GoogleCredentialSource(credential, "application default credentials");
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or FormatException)
        {
            throw new ZonalException(
                ZonalErrorIds.CredentialsNotFound,
                ZonalStatusCode.Unauthenticated,
                "No Google credentials were found on this machine.",
                "Run 'gcloud auth application-default login', set GOOGLE_APPLICATION_CREDENTIALS to a key file, or set "
                + "STORAGE_EMULATOR_HOST_GRPC to use an emulator.",
                inner: e)
            { IsFatalForSession = true };
        }
    }

    public static new async Task<ZonalCredential> FromFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
            // The library wants to be told the kind, so that a file cannot be of another than its reader believes; whoever
            // names a file here means any kind.
            var kind = JsonDocument.Parse(text).RootElement.GetProperty("type").GetString();
            var credential = CredentialFactory.FromJson(text, kind);
            return new GoogleCredentialSource(credential, "credential file " + Path.GetFileName(path));
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or FormatException or ArgumentException
            or UnauthorizedAccessException or JsonException or KeyNotFoundException or Newtonsoft.Json.JsonException)
        {
            throw new ZonalException(
                ZonalErrorIds.CredentialFileInvalid,
                ZonalStatusCode.Unauthenticated,
                $"'{path}' is not a usable credential file: {e.Message}",
                "Give a JSON key file of a service account, a user, an external account or an impersonation.",
                path,
                e)
            { IsFatalForSession = true };
        }
    }

    public override async ValueTask<string> GetAccessTokenAsync(bool refresh, CancellationToken cancellationToken)
    {
        try
        {
            // The library caches and renews by expiry time; a token that was refused before that is renewed here.
            if (refresh && _credential.UnderlyingCredential is ServiceCredential service)
                await service.RequestAccessTokenAsync(cancellationToken).ConfigureAwait(false);
            return await ((ITokenAccess)_credential).GetAccessTokenForRequestAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException
            or Google.Apis.Auth.OAuth2.Responses.TokenResponseException
            // A limit of the library's own.
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ZonalException(
                ZonalErrorIds.CredentialRefused,
                ZonalStatusCode.Unauthenticated,
                $"No access token could be had from {Description}: {e.Message}",
                "Check the credential and the network, or log in again.",
                inner: e)
            { IsFatalForSession = true };
        }
    }

    public override string ToString() => Description;
}
