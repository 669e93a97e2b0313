using Azure.Core;
using Azure.Identity;
using Microsoft.Data.SqlClient;

namespace KpiApi.Storage;

/// <summary>
/// Sign-in without a password: the connection string says <c>Authentication=Active Directory Managed Identity</c>, <c>Workload Identity</c> or
/// <c>Default</c>, as it does for every .NET program, and the token comes from the environment that the program runs in.
/// </summary>
internal static class EntraId
{
    /// <summary>What fetches tokens for a connection, or null when it signs in otherwise. Takes the words that the driver must not see out of the connection string.</summary>
    /// <exception cref="ConfigurationException">The connection string asks for a way that no service can go.</exception>
    public static Func<SqlAuthenticationParameters, CancellationToken, Task<SqlAuthenticationToken>>? Callback(string setting, SqlConnectionStringBuilder connection)
    {
        if (Credential(setting, connection) is not { } credential)
        {
            return null;
        }

        // The driver takes a way to sign in, or a callback, never both.
        connection.Remove("Authentication");
        connection.Remove("User ID");
        return async (parameters, cancellation) =>
        {
            // Azure's library keeps a token for as long as it lives; the driver asks for one with every connection that it opens.
            var token = await credential.GetTokenAsync(new TokenRequestContext([parameters.Resource.TrimEnd('/') + "/.default"]), cancellation);
            return new SqlAuthenticationToken(token.Token, token.ExpiresOn);
        };
    }

    private static TokenCredential? Credential(string setting, SqlConnectionStringBuilder connection)
    {
        // Which of several identities of the machine.
        var clientId = connection.UserID is { Length: > 0 } given ? given : null;
        return connection.Authentication switch
        {
            SqlAuthenticationMethod.NotSpecified or SqlAuthenticationMethod.SqlPassword => null,
            SqlAuthenticationMethod.ActiveDirectoryManagedIdentity or SqlAuthenticationMethod.ActiveDirectoryMSI =>
                new ManagedIdentityCredential(clientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId)),
            SqlAuthenticationMethod.ActiveDirectoryWorkloadIdentity => new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { ClientId = clientId }),
            SqlAuthenticationMethod.ActiveDirectoryDefault => new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId, WorkloadIdentityClientId = clientId }),
            _ => throw new ConfigurationException($"{setting}: Authentication must be Active Directory Managed Identity, Active Directory Workload Identity, Active Directory Default or Sql Password."),
        };
    }
}
