using Microsoft.AspNetCore.Authentication;

namespace KpiApi.Access;

internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton(provider => AuthSettings.From(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<IHostEnvironment>()));
        services.AddSingleton<OrganisationStore>().AddSingleton<OwnOrganisationStore>().AddSingleton<ApiKeyStore>();
        services.AddSingleton<ApiKeyAuthentication>().AddSingleton<TokenAuthentication>().AddSingleton<FailedCredentials>();
        services.AddSingleton<KeyUses>().AddHostedService(provider => provider.GetRequiredService<KeyUses>());
        services.AddSingleton<IdentityProvider>();
        // Redirects are not followed: keys come from the address that the operator wrote, or that its document names.
        services.AddSingleton(new IdentityProviderTransport(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(2), PooledConnectionLifetime = TimeSpan.FromMinutes(15) }));
        // Wrong settings stop the start, not the first request with a token.
        services.AddHostedService<SettingsCheck>();

        services.AddHttpContextAccessor();
        services.AddScoped(provider => provider.GetRequiredService<IHttpContextAccessor>().HttpContext!.Features.Get<Caller>() ?? throw new InvalidOperationException("Nobody is authenticated."));
        services.AddAuthentication(CredentialHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, CredentialHandler>(CredentialHandler.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var permission in Enum.GetValues<Permission>())
        {
            authorization.AddPolicy(permission.ToString(), policy => policy.RequireRole(Permissions.Of(permission).Select(role => role.ToString())));
        }

        services.AddLogging(logging => logging
            // Its lines begin before anything of ours runs and hold the address whole, keys in it too; no level of the configuration brings them back.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning)
            // A refusal is an answer, not an event.
            .AddFilter(typeof(CredentialHandler).FullName, LogLevel.Warning));
        return services;
    }

    private sealed class SettingsCheck(AuthSettings settings, ILogger<SettingsCheck> logger) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (settings.Authority is { } authority)
            {
                logger.Trusts(authority);
            }

            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal static partial class AccessLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Tokens of {Authority} are taken")]
    public static partial void Trusts(this ILogger logger, Uri authority);
}
