using KpiApi.Http;

namespace KpiApi.Access;

/// <summary>An API key as it is asked for.</summary>
public sealed record ApiKeyBody
{
    /// <summary>What the key is for.</summary>
    [Needed, Text(200)]
    public string Name { get; init; } = null!;

    /// <summary>What the key may do: reader, writer, manager or admin.</summary>
    [Needed, RoleWord]
    public string Role { get; init; } = null!;

    /// <summary>Days until the key stops working, at most ten years; never when left out.</summary>
    [Between(1, 3650)]
    public int? ExpiresInDays { get; init; }
}

/// <summary>An API key without its secret, which nobody can read again.</summary>
public sealed record ApiKeyResource
{
    /// <summary>The public part of the key, <c>kpi_&lt;id&gt;_&lt;secret&gt;</c>. History names keys by it.</summary>
    public string Id { get; init; } = "";

    /// <summary>What the key is for.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the key may do.</summary>
    [RoleWord]
    public string Role { get; init; } = "";

    /// <summary>When it was made (UTC).</summary>
    [Instant]
    public string CreatedAt { get; init; } = "";

    /// <summary>From when on it does not work any more (UTC); null: never.</summary>
    [Instant]
    public string? ExpiresAt { get; init; }

    /// <summary>When it was revoked (UTC); null while it is not.</summary>
    [Instant]
    public string? RevokedAt { get; init; }

    /// <summary>When it was last used (UTC), to the minute; null before its first use.</summary>
    [Instant]
    public string? LastUsedAt { get; init; }
}

/// <summary>A new API key. This is the only answer that ever shows it.</summary>
public sealed class ApiKeyCreated
{
    /// <summary>The key itself: keep it, it cannot be shown again.</summary>
    public required string Key { get; init; }

    /// <summary>The public part of the key, under which it is listed and revoked.</summary>
    public required string Id { get; init; }

    /// <summary>What the key is for.</summary>
    public required string Name { get; init; }

    /// <summary>What the key may do.</summary>
    [RoleWord]
    public required string Role { get; init; }

    /// <summary>When it was made (UTC).</summary>
    [Instant]
    public required string CreatedAt { get; init; }

    /// <summary>From when on it does not work any more (UTC); null: never.</summary>
    [Instant]
    public required string? ExpiresAt { get; init; }
}

/// <summary>The caller's organisation, as it is changed and shown.</summary>
public sealed record OrganisationBody
{
    /// <summary>Identifies the organisation for ever; it cannot be changed.</summary>
    [Needed, Code]
    public string Code { get; init; } = null!;

    /// <summary>What people call it.</summary>
    [Needed, Text(200)]
    public string Name { get; init; } = null!;

    /// <summary>
    /// An IANA time zone, such as Europe/Paris: where business days begin and end. A change applies to facts stored from then on;
    /// facts that were stored with a timestamp keep the day that they were given.
    /// </summary>
    [Needed, Text(64)]
    public string TimeZone { get; init; } = null!;

    /// <summary>ISO 4217: the currency of figures that belong to no project.</summary>
    [Needed, Currency]
    public string Currency { get; init; } = null!;

    /// <summary>The language of texts that the program writes: fr or en.</summary>
    [Needed, OneOf("fr", "en")]
    public string Language { get; init; } = null!;

    /// <summary>The month in which the fiscal year starts, from 1 to 12.</summary>
    [Needed, Between(1, 12)]
    public int FiscalYearStartMonth { get; init; }
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class RoleWordAttribute() : OneOfAttribute("reader", "writer", "manager", "admin");
