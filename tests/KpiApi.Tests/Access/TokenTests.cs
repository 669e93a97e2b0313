using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Storage;
using KpiApi.Tests.Http;

namespace KpiApi.Tests.Access;

/// <summary>Tokens of an identity provider: what is taken, and the long list of what is not.</summary>
public class TokenTests
{
    private const string Admins = "/v1/api-keys";
    private const string Own = "/v1/organisation";

    [Fact]
    public async Task No_hostile_token_is_taken_by_any_endpoint()
    {
        await using var app = await AccessApp.WithTokens();
        var organisation = await app.Organisation();
        await app.Key(organisation, Role.Admin);
        var tokens = HostileTokens.All(app.Now);
        Assert.True(tokens.Count >= 60, $"only {tokens.Count} tokens");
        Assert.Equal(tokens.Count, tokens.Select(token => token.Name).Distinct().Count());
        var endpoints = app.Guarded();
        Assert.True(endpoints.Count > 45, $"only {endpoints.Count} endpoints");
        using var http = app.Http();
        var taken = new List<string>();
        foreach (var (name, token) in tokens)
        {
            foreach (var (method, path) in endpoints)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
                if (method is "POST" or "PUT" or "PATCH")
                {
                    request.Content = new StringContent("{}", System.Text.Encoding.UTF8, Http.Problems.TakenBy(path));
                }

                using var response = await http.SendAsync(request);
                if (response.StatusCode != HttpStatusCode.Unauthorized)
                {
                    taken.Add($"{name}: {method} {path} answered {(int)response.StatusCode}");
                }
                else if (path == Admins)
                {
                    await Problems.Of(response, 401, "unauthorized");
                    Assert.Contains("error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
                }
            }
        }

        Assert.Empty(taken);
    }

    [Fact]
    public async Task Settings_choose_the_claims_the_types_and_how_long_a_token_may_live()
    {
        await using var app = await AccessApp.WithTokens("--Auth:OrganisationClaim=company", "--Auth:RoleClaim=https://idp.example/kpi", "--Auth:TokenTypes=access+jwt", "--Auth:LongestTokenLifeHours=0.5");
        await app.Organisation();
        var draft = TokenDraft.Valid(app.Now, "nobody", "root").C("company", "acme").C("https://idp.example/kpi", "admin").C("exp", app.Now.ToUnixTimeSeconds() + 1200).H("typ", "access+jwt");
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, draft.ToString())).StatusCode);
        foreach (var wrong in new[] { draft.H("typ", "at+jwt"), draft.C("company", "absent"), draft.C("https://idp.example/kpi", "absent").C("role", "admin"), draft.C("exp", app.Now.ToUnixTimeSeconds() + 3600) })
        {
            await Problems.Of(await app.WithToken(Admins, wrong.ToString()), 401, "unauthorized");
        }
    }

    [Fact]
    public async Task Of_all_tenants_of_Entra_only_those_in_the_settings_are_let_in_and_cannot_choose_their_organisation()
    {
        const string ours = "11111111-1111-1111-1111-111111111111";
        const string foreign = "22222222-2222-2222-2222-222222222222";
        await using var app = await AccessApp.Start(["--Auth:Authority=https://login.microsoftonline.com/organizations/v2.0", "--Auth:Audience=kpiapi", $"--Auth:Organisations:{ours}=acme"]);
        app.Provider.Issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
        app.Provider.Alter = set => set["keys"]![1]!["issuer"] = $"https://login.microsoftonline.com/{foreign}/v2.0";
        await app.Organisation("acme");
        await app.Organisation("other");
        TokenDraft Of(string tenant) => TokenDraft.Valid(app.Now, "other").H("typ", "JWT").C("tid", tenant).C("iss", $"https://login.microsoftonline.com/{tenant}/v2.0");
        using var response = await app.WithToken(Own, Of(ours).ToString());
        Assert.Equal("acme", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]);
        foreach (var wrong in new[]
        {
            Of(foreign), Of(ours).C("tid", "absent"), Of(ours).C("tid", foreign), Of(foreign).C("tid", ours), Of(ours).C("iss", app.Provider.Issuer), Of("{tenantid}"), Of(""), Of(ours).C("tid", new JsonArray(ours)),
            // A key that signs for another tenant.
            Of(ours).With("ES256", IdentityProviderDouble.Ec),
        })
        {
            await Problems.Of(await app.WithToken(Admins, wrong.ToString()), 401, "unauthorized");
        }
    }

    [Fact]
    public async Task A_key_that_is_published_newly_is_taken_with_its_first_token_and_a_withdrawn_one_no_more()
    {
        await using var app = await AccessApp.WithTokens();
        await app.Organisation();
        var old = TokenDraft.Valid(app.Now);
        var rotated = old.With("RS256", IdentityProviderDouble.OtherRsa);
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, old.ToString())).StatusCode);
        await Problems.Of(await app.WithToken(Admins, rotated.ToString()), 401);

        app.Provider.Published.Clear();
        app.Provider.Published.Add(IdentityProviderDouble.OtherRsa);
        app.Time.Advance(IdentityProvider.Pause);
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, rotated.ToString())).StatusCode);
        await Problems.Of(await app.WithToken(Admins, old.ToString()), 401);
    }

    [Fact]
    public async Task Invented_keys_do_not_make_the_program_ask_its_provider_all_the_time()
    {
        await using var app = await AccessApp.WithTokens();
        await app.Organisation();
        var draft = TokenDraft.Valid(app.Now);
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(async index => await Problems.Of(await app.WithToken(Admins, draft.H("kid", $"invented-{index}").ToString()), 401)));
            app.Time.Advance(IdentityProvider.Pause);
        }

        Assert.Equal(3, app.Provider.Fetches);
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, draft.ToString())).StatusCode);
    }

    [Fact]
    public async Task Tokens_for_others_do_not_make_the_program_ask_its_provider_at_all()
    {
        await using var app = await AccessApp.WithTokens();
        await Problems.Of(await app.WithToken(Admins, TokenDraft.Valid(app.Now).C("aud", "other").ToString()), 401);
        Assert.Equal(0, app.Provider.Fetches);
    }

    [Fact]
    public async Task Known_keys_outlive_their_provider_by_a_day()
    {
        await using var app = await AccessApp.WithTokens();
        await app.Organisation();
        async Task<HttpStatusCode> Ask() => (await app.WithToken(Admins, TokenDraft.Valid(app.Now).ToString())).StatusCode;
        Assert.Equal(HttpStatusCode.OK, await Ask());
        app.Provider.Instead = IdentityProviderDouble.Down;
        for (var hour = 1; hour < 24; hour++)
        {
            app.Time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(HttpStatusCode.OK, await Ask());
        }

        await Problems.Of(await app.WithToken(Admins, TokenDraft.Valid(app.Now).H("kid", "rsa-9").ToString()), 401);
        app.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask());
        app.Provider.Instead = null;
        app.Time.Advance(IdentityProvider.Pause);
        Assert.Equal(HttpStatusCode.OK, await Ask());
    }

    [Fact]
    public async Task Old_keys_are_renewed_without_making_anybody_wait()
    {
        await using var app = await AccessApp.WithTokens();
        await app.Organisation();
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, TokenDraft.Valid(app.Now).ToString())).StatusCode);
        app.Time.Advance(IdentityProvider.Freshness);
        app.Provider.Instead = async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            throw new InvalidOperationException();
        };
        var start = TimeProvider.System.GetTimestamp();
        Assert.Equal(HttpStatusCode.OK, (await app.WithToken(Admins, TokenDraft.Valid(app.Now).ToString())).StatusCode);
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(3));
    }

    public static TheoryData<string> Failures => ["down", "hanging", "500", "garbage", "no keys", "empty", "huge", "no issuer", "keys in the clear", "weak keys", "keys of encryption"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_provider_that_cannot_be_used_is_a_401_soon_and_never_a_500(string failure)
    {
        await using var app = await AccessApp.WithTokens();
        var organisation = await app.Organisation();
        var key = await app.Key(organisation, Role.Admin);
        using var weak = RSA.Create(1024);
        app.Provider.Instead = failure switch
        {
            "down" => IdentityProviderDouble.Down,
            "hanging" => async cancellation =>
            {
                await Task.Delay(Timeout.Infinite, cancellation);
                throw new InvalidOperationException();
            }
            ,
            "500" => _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)),
            "garbage" => _ => Task.FromResult(IdentityProviderDouble.Json("<html>")),
            "empty" => _ => Task.FromResult(IdentityProviderDouble.Json("")),
            "huge" => _ => Task.FromResult(IdentityProviderDouble.Json(new string(' ', 2_000_000) + "{}")),
            _ => null,
        };
        app.Provider.Issuer = failure == "no issuer" ? "" : app.Provider.Issuer;
        app.Provider.JwksUri = failure == "keys in the clear" ? "http://idp.example/keys" : app.Provider.JwksUri;
        app.Provider.Alter = failure switch
        {
            "no keys" => set => set["keys"] = new JsonArray(),
            "weak keys" => set => set["keys"] = new JsonArray(new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa-1", ["n"] = System.Buffers.Text.Base64Url.EncodeToString(weak.ExportParameters(false).Modulus), ["e"] = "AQAB" }),
            "keys of encryption" => set => set["keys"]!.AsArray().ToList().ForEach(node => node!["use"] = "enc"),
            _ => app.Provider.Alter,
        };
        var token = TokenDraft.Valid(app.Now) with { Signature = failure == "weak keys" ? data => weak.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : null };
        var start = TimeProvider.System.GetTimestamp();
        await Problems.Of(await app.WithToken(Admins, token.ToString()), 401, "unauthorized");
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, (await app.Get(Admins, key)).StatusCode);
    }

    [Fact]
    public async Task Without_a_provider_no_token_is_taken()
    {
        await using var app = await AccessApp.Start();
        await app.Organisation();
        var response = await app.WithToken(Admins, TokenDraft.Valid(app.Now).ToString());
        await Problems.Of(response, 401, "unauthorized");
        Assert.DoesNotContain("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, app.Provider.Fetches);
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    public async Task Tokens_of_dotnet_user_jwts_are_taken_in_Development_only(string environment, bool isTaken)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        string[] settings =
        [
            "--environment=" + environment, "--Authentication:Schemes:Bearer:ValidIssuer=dotnet-user-jwts", "--Authentication:Schemes:Bearer:ValidAudiences:0=kpiapi",
            "--Authentication:Schemes:Bearer:SigningKeys:0:Id=e3416e4c", "--Authentication:Schemes:Bearer:SigningKeys:0:Issuer=dotnet-user-jwts", "--Authentication:Schemes:Bearer:SigningKeys:0:Value=" + Convert.ToBase64String(secret),
        ];
        foreach (var all in new[] { settings, AccessApp.Tokens(settings) })
        {
            await using var app = await AccessApp.Start(all);
            await app.Organisation();
            // As the tool makes them: no name of the key, and a life of three months.
            var draft = TokenDraft.Valid(app.Now).H("alg", "HS256").H("typ", "JWT").H("kid", "absent").C("iss", "dotnet-user-jwts").C("exp", app.Now.AddDays(91).ToUnixTimeSeconds())
                with
            { Signature = data => HMACSHA256.HashData(secret, data) };
            Assert.Equal(isTaken ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await app.WithToken(Admins, draft.ToString())).StatusCode);
            foreach (var wrong in new[]
            {
                draft.C("aud", "other"), draft.C("iss", IdentityProviderDouble.Authority), draft.H("alg", "HS512") with { Signature = data => HMACSHA512.HashData(secret, data) },
                draft with { Signature = data => HMACSHA256.HashData(new byte[32], data) }, draft.C("exp", app.Now.ToUnixTimeSeconds() - 30), draft.H("crit", new JsonArray("x")), draft.C("exp", app.Now.AddDays(400).ToUnixTimeSeconds()),
                // The provider's key in the name of the tool.
                TokenDraft.Valid(app.Now).C("iss", "dotnet-user-jwts"),
            })
            {
                await Problems.Of(await app.WithToken(Admins, wrong.ToString()), 401, "unauthorized");
            }
        }
    }

    [Theory]
    [InlineData("Auth:Authority", "--Auth:Authority=http://idp.example", "--Auth:Audience=kpiapi")]
    [InlineData("Auth:Authority", "--Auth:Authority=idp.example", "--Auth:Audience=kpiapi")]
    [InlineData("Auth:Authority", "--Auth:Authority=https://user:password@idp.example", "--Auth:Audience=kpiapi")]
    [InlineData("Auth:Authority", "--Auth:Authority=https://idp.example/?x=1", "--Auth:Audience=kpiapi")]
    [InlineData("Auth:Audience", "--Auth:Authority=https://idp.example")]
    [InlineData("Auth:LongestTokenLifeHours", "--Auth:Authority=https://idp.example", "--Auth:Audience=kpiapi", "--Auth:LongestTokenLifeHours=never")]
    [InlineData("Auth:Organisations", "--Auth:Authority=https://login.microsoftonline.com/common/v2.0", "--Auth:Audience=kpiapi")]
    public async Task Wrong_settings_stop_the_start_and_name_the_setting(string name, params string[] settings)
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => AccessApp.Start(settings));
        Assert.StartsWith(name + ":", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
