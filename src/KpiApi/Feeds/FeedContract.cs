using System.Text.Json;
using KpiApi.Http;

namespace KpiApi.Feeds;

/// <summary>A table for BI tools and exports.</summary>
public sealed record FeedResource
{
    /// <summary>Its name in addresses.</summary>
    public required string Name { get; init; }

    /// <summary>Its name in SQL, in OData and in the feed of deletions.</summary>
    public required string Table { get; init; }

    /// <summary>What one row stands for.</summary>
    public required string Grain { get; init; }

    /// <summary>What it is good for.</summary>
    public required string Description { get; init; }

    /// <summary>The columns that identify a row; rows come in this order.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>The column that from and to apply to; null when rows have no day.</summary>
    public required string? DateColumn { get; init; }

    /// <summary>Whether it can be kept up to date by the rows that changed since (UpdatedAtUtc) and the feed of deletions; the others are loaded whole.</summary>
    public required bool Incremental { get; init; }

    /// <summary>Its columns. Names and types never change; columns may be added.</summary>
    public required IReadOnlyList<FeedColumn> Columns { get; init; }

    internal static FeedResource Of(Feed feed) => new()
    {
        Name = feed.Url,
        Table = feed.View,
        Grain = feed.Grain,
        Description = feed.Description,
        Key = feed.Key,
        DateColumn = feed.DateColumn,
        Incremental = feed.IsIncremental,
        Columns = feed.Columns.Select(FeedColumn.Of).ToList(),
    };
}

/// <summary>A column of a feed.</summary>
public sealed record FeedColumn
{
    /// <summary>PascalCase, the same in every format.</summary>
    public required string Name { get; init; }

    /// <summary>What a cell holds. key: 64-bit integer; dateKey: yyyymmdd; number: double; date: YYYY-MM-DD; instant: UTC, ISO 8601; flag: true or false.</summary>
    [OneOf("key", "integer", "dateKey", "text", "number", "date", "instant", "flag")]
    public required string Type { get; init; }

    /// <summary>What the column is for.</summary>
    [OneOf("key", "foreignKey", "dimension", "metric", "audit")]
    public required string Role { get; init; }

    /// <summary>Meaning and unit.</summary>
    public required string Description { get; init; }

    /// <summary>A word for tools: currency (in the currency of the column Currency), unit-value (in the unit of the column Unit), percent (a fraction: 0.25 is 25 %), ratio, iso-week …</summary>
    public required string Semantic { get; init; }

    /// <summary>Whether a cell may be empty.</summary>
    public required bool Nullable { get; init; }

    internal static FeedColumn Of(Column column) => new()
    {
        Name = column.Name,
        Type = JsonNamingPolicy.CamelCase.ConvertName(column.Type.ToString()),
        Role = JsonNamingPolicy.CamelCase.ConvertName(column.Role.ToString()),
        Description = column.Description,
        Semantic = column.Semantic,
        Nullable = column.IsNullable,
    };
}
