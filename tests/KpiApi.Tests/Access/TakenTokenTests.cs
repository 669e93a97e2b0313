using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Access;

namespace KpiApi.Tests.Access;

/// <summary>Tokens that are taken, and what they may do then.</summary>
public class TakenTokenTests(TakenTokenTests.World world) : IClassFixture<TakenTokenTests.World>
{
    private const string Admins = "/v1/api-keys";
    private const string Own = "/v1/organisation";

    [Theory]
    [InlineData("RS256", "at+jwt", "rsa-1")]
    [InlineData("RS256", "JWT", "rsa-1")]
    [InlineData("RS256", "application/at+jwt", "rsa-1")]
    [InlineData("RS256", "AT+JWT", "rsa-1")]
    [InlineData("PS256", "at+jwt", "rsa-1")]
    [InlineData("ES256", "at+jwt", "ec-1")]
    public async Task A_token_that_keeps_every_rule_is_taken(string algorithm, string type, string kid)
    {
        var app = world.App;
        var key = kid == "ec-1" ? IdentityProviderDouble.Ec : IdentityProviderDouble.Rsa;
        using var response = await app.WithToken(Own, TokenDraft.Valid(app.Now).With(algorithm, key).H("typ", type).ToString());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("acme", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]);
    }

    [Theory]
    [InlineData("""{"role":"reader"}""", "Reader")]
    [InlineData("""{"role":"writer"}""", "Writer")]
    [InlineData("""{"role":"manager"}""", "Manager")]
    [InlineData("""{"role":"admin"}""", "Admin")]
    [InlineData("""{"role":["reader","admin","manager"]}""", "Admin")]
    [InlineData("""{"roles":["reader"]}""", "Reader")]
    [InlineData("""{"roles":["writer","manager"]}""", "Manager")]
    [InlineData("""{"role":"reader","roles":["manager","reader"]}""", "Manager")]
    public async Task The_strongest_of_its_roles_counts(string claims, string strongest)
    {
        var role = Enum.Parse<Role>(strongest);
        var app = world.App;
        var draft = TokenDraft.Valid(app.Now).C("role", "absent");
        foreach (var (name, value) in JsonNode.Parse(claims)!.AsObject())
        {
            draft = draft.C(name, value!.DeepClone());
        }

        foreach (var (path, permission) in new[] { ("/v1/kpis", Permission.Read), ("/v1/portfolio", Permission.ReadFigures), (Admins, Permission.Administer) })
        {
            using var response = await app.WithToken(path, draft.ToString());
            Assert.Equal(role.Allows(permission) ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("exp", -29)]
    [InlineData("nbf", 30)]
    [InlineData("iat", 30)]
    [InlineData("exp", (24 * 3600) - 61)]
    public async Task Clocks_may_differ_by_half_a_minute_and_a_token_may_live_for_a_day(string claim, int seconds)
    {
        var app = world.App;
        using var response = await app.WithToken(Admins, TokenDraft.Valid(app.Now).C(claim, app.Now.ToUnixTimeSeconds() + seconds).ToString());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"aud":["other","kpiapi"]}""")]
    [InlineData("""{"exp":1770037200.5}""")]
    [InlineData("""{"scope":"a b","amr":["pwd"],"x":{"y":{"z":[1,null]}}}""")]
    public async Task Claims_that_say_nothing_wrong_do_no_harm(string claims)
    {
        var app = world.App;
        var draft = TokenDraft.Valid(app.Now);
        foreach (var (name, value) in JsonNode.Parse(claims)!.AsObject())
        {
            draft = draft.C(name, value?.DeepClone());
        }

        using var response = await app.WithToken(Admins, draft.ToString());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_token_sees_its_own_organisation_only()
    {
        var app = world.App;
        foreach (var code in new[] { "acme", "other" })
        {
            using var response = await app.WithToken(Own, TokenDraft.Valid(app.Now, code).ToString());
            Assert.Equal(code, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]);
        }
    }

    /// <summary>One program for all of them: they change nothing.</summary>
    public sealed class World : IAsyncLifetime
    {
        internal AccessApp App { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            App = await AccessApp.WithTokens();
            await App.Organisation("acme");
            await App.Organisation("other");
        }

        public async Task DisposeAsync() => await App.DisposeAsync();
    }
}
