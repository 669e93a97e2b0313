using System.Globalization;
using System.Net;
using KpiApi.Storage;

namespace KpiApi.Operations;

/// <summary>
/// Settings of the host, read before anything is built from them: a wrong one stops the start with one line that names it. Values are not repeated
/// where they may hold a secret.
/// </summary>
internal static class Settings
{
    private const string UrlExample = "write it as http://127.0.0.1:5080, several with semicolons between.";

    /// <exception cref="ConfigurationException">An address to listen on cannot be understood.</exception>
    public static void CheckUrls(IConfiguration configuration)
    {
        foreach (var url in Words(configuration["Urls"], ';'))
        {
            BindingAddress address;
            try
            {
                address = BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw new ConfigurationException($"Urls: '{url}' is no address; {UrlExample}");
            }

            if (address.Scheme is not ("http" or "https"))
            {
                throw new ConfigurationException($"Urls: '{url}' has no scheme http or https; {UrlExample}");
            }

            if (address.PathBase.Length > 0)
            {
                throw new ConfigurationException($"Urls: '{url}' has a path; the address ends with the port.");
            }

            // The server takes what it does not know for the name of this machine and listens on every network: '127.0.0.1:80a' must not do that.
            if (!address.IsUnixPipe && !address.IsNamedPipe && (address.Port is < 0 or > ushort.MaxValue || !(address.Host is "*" or "+" || Uri.CheckHostName(address.Host) != UriHostNameType.Unknown)))
            {
                throw new ConfigurationException($"Urls: '{url}' has no host or port that can be used; {UrlExample}");
            }
        }
    }

    /// <summary>Where telemetry goes, or null when nobody wants it.</summary>
    /// <exception cref="ConfigurationException">It is no address, or asks for an unknown protocol.</exception>
    public static OtlpSettings? Otlp(IConfiguration configuration)
    {
        var endpoint = Given(configuration, "Otlp:Endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT");
        if (endpoint.Value is null)
        {
            return null;
        }

        if (!Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ConfigurationException($"{endpoint.Name}: not an http or https address; example: http://localhost:4317");
        }

        var protocol = Given(configuration, "Otlp:Protocol", "OTEL_EXPORTER_OTLP_PROTOCOL");
        if (protocol.Value is not (null or "grpc" or "http/protobuf"))
        {
            throw new ConfigurationException($"{protocol.Name}: must be grpc (port 4317 as a rule) or http/protobuf (port 4318).");
        }

        return new OtlpSettings(endpoint.Value, protocol.Value, Given(configuration, "Otlp:Headers", "OTEL_EXPORTER_OTLP_HEADERS").Value);
    }

    /// <summary>Machines whose word on scheme and remote address is taken, beside this one.</summary>
    /// <exception cref="ConfigurationException">One of them is neither an address nor a network.</exception>
    public static IReadOnlyList<IPNetwork> KnownProxies(IConfiguration configuration)
    {
        const string Name = "Proxies:Known";
        var words = configuration.GetSection(Name).GetChildren().SelectMany(child => Words(child.Value, ',')).Concat(Words(configuration[Name], ','));
        return words.Select(word =>
        {
            if (IPAddress.TryParse(word, out var address))
            {
                return new IPNetwork(address, address.GetAddressBytes().Length * 8);
            }

            // A network as wide as the world is what a typing error looks like, and would let anyone say who he is.
            return IPNetwork.TryParse(word, out var network) && network.PrefixLength > 0
                ? network
                : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{Name}: '{word}' is neither an IP address nor a network such as 10.0.0.0/24."));
        }).ToList();
    }

    private static (string Name, string? Value) Given(IConfiguration configuration, string ours, string standard) =>
        configuration[ours] is { Length: > 0 } own ? (ours, own) : (standard, configuration[standard] is { Length: > 0 } other ? other : null);

    private static string[] Words(string? text, char separator) => (text ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Where telemetry goes, in the words of the OpenTelemetry standard. Headers may hold a secret.</summary>
internal sealed record OtlpSettings(string Endpoint, string? Protocol, string? Headers);
