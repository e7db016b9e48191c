using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace ZonalStorage.Tests.Transport;

/// <summary>Every kind of credential file is taken, and what is none is one clear error.</summary>
public sealed class CredentialFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");

    public static TheoryData<string, object> Kinds
    {
        get
        {
            using var rsa = RSA.Create(2048);
            var user = new { type = "authorized_user", client_id = "a", client_secret = "b", refresh_token = "c" };
            return new TheoryData<string, object>
            {
                { "service account", new
                {
                    type = "service_account", project_id = "p", private_key_id = "1", private_key = rsa.ExportPkcs8PrivateKeyPem(),
                    client_email = "a@p.iam.gserviceaccount.com", client_id = "1", token_uri = "https://oauth2.googleapis.com/token",
                } },
                { "user", user },
                { "external account", new
                {
                    type = "external_account", audience = "//iam.googleapis.com/x", subject_token_type = "urn:ietf:params:oauth:token-type:jwt",
                    token_url = "https://sts.googleapis.com/v1/token", credential_source = new { file = "/none" },
                } },
                { "impersonation", new
                {
                    type = "impersonated_service_account", source_credentials = user,
                    service_account_impersonation_url =
                        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken",
                } },
            };
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_file);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_of_each_kind_is_taken(string kind, object content)
    {
        await File.WriteAllTextAsync(_file, JsonSerializer.Serialize(content), Stop);
        var credential = await ZonalCredential.FromFileAsync(_file, Stop);
        Assert.True(credential.Description == "credential file " + Path.GetFileName(_file), kind);
        Assert.DoesNotContain("PRIVATE", credential.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":"something else"}""")]
    [InlineData("""{"type":null}""")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"service_account"}""")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"no key"}""")]
    public async Task What_is_no_credential_file_is_one_clear_error(string content)
    {
        await File.WriteAllTextAsync(_file, content, Stop);
        var error = await Assert.ThrowsAsync<ZonalException>(() => ZonalCredential.FromFileAsync(_file, Stop));
        Assert.Equal(("CredentialFileInvalid", true), (error.ErrorId, error.IsFatalForSession));
        Assert.Equal(_file, error.Target);
        Assert.Contains("JSON key file", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_the_same_error()
    {
        var error = await Assert.ThrowsAsync<ZonalException>(() => ZonalCredential.FromFileAsync("/none/at/all.json", Stop));
        Assert.Equal("CredentialFileInvalid", error.ErrorId);
    }
}
