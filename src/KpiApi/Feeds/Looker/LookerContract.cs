using System.Text.Json;
using System.Text.Json.Serialization;
using KpiApi.Http;

namespace KpiApi.Feeds.Looker;

/// <summary>
/// A question for the steps of the configuration, as Looker Studio puts it. Members that are not known here are left alone: Google adds some without notice, and a
/// connector that refused them would stop working. Only configParams, which are ours, are read strictly.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerConfigBody
{
    /// <summary>The language of the user, such as fr or en-GB.</summary>
    [Text(100)]
    public string? LanguageCode { get; init; }

    /// <summary>What was chosen so far; left out at the first step.</summary>
    public LookerSettingsBody? ConfigParams { get; init; }
}

/// <summary>A question for the fields of a data source, as Looker Studio puts it. Members that are not known here are left alone.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerSchemaBody
{
    /// <summary>What was chosen when the data source was made.</summary>
    [Needed]
    public LookerSettingsBody ConfigParams { get; init; } = null!;

    /// <summary>Why the question is put.</summary>
    public LookerScriptBody? ScriptParams { get; init; }
}

/// <summary>A question for rows, as Looker Studio puts it. Members that are not known here are left alone.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerDataBody
{
    /// <summary>What was chosen when the data source was made.</summary>
    [Needed]
    public LookerSettingsBody ConfigParams { get; init; } = null!;

    /// <summary>Why the question is put.</summary>
    public LookerScriptBody? ScriptParams { get; init; }

    /// <summary>The days of the report, of the column dateColumn.</summary>
    public LookerRangeBody? DateRange { get; init; }

    /// <summary>The fields that are wanted, in this order. Rows are grouped by the dimensions among them.</summary>
    [Needed]
    public IReadOnlyList<LookerAskedBody> Fields { get; init; } = null!;

    /// <summary>Filters: all of the outer list hold, and of each inner one at least one.</summary>
    public IReadOnlyList<IReadOnlyList<LookerFilterBody>>? DimensionsFilters { get; init; }
}

/// <summary>What was chosen in the configuration.</summary>
public sealed record LookerSettingsBody
{
    /// <summary>The feed, as GET /v1/feeds calls it.</summary>
    [Text(100)]
    public string? Feed { get; init; }

    /// <summary>The language of names and descriptions. Default: English.</summary>
    [OneOf("en", "fr")]
    public string? Language { get; init; }

    /// <summary>The column that the date range of the report applies to, or none. Default: the day of the feed's rows, if each has one.</summary>
    [Text(100)]
    public string? DateColumn { get; init; }

    /// <summary>The last day that counts, as YYYY-MM-DD. Empty or left out: today.</summary>
    [Text(10)]
    public string? AsOf { get; init; }
}

/// <summary>What Looker Studio tells of itself.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerScriptBody
{
    /// <summary>Whether a few rows are enough.</summary>
    public bool? SampleExtraction { get; init; }

    /// <summary>When the data was last refreshed.</summary>
    [Text(100)]
    public string? LastRefresh { get; init; }
}

/// <summary>The days of a report, both included.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerRangeBody
{
    /// <summary>The first day, as YYYY-MM-DD.</summary>
    [Needed]
    public string StartDate { get; init; } = null!;

    /// <summary>The last day, as YYYY-MM-DD.</summary>
    [Needed]
    public string EndDate { get; init; } = null!;
}

/// <summary>A field that is wanted.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LookerAskedBody
{
    /// <summary>The name of the field in the schema.</summary>
    [Needed, Text(100)]
    public string Name { get; init; } = null!;

    /// <summary>Whether a filter needs it and the chart does not.</summary>
    public bool? ForFilterOnly { get; init; }
}

/// <summary>A filter on a dimension. One that cannot be applied as it is meant is answered with rows that are not filtered, and with filtersApplied false.</summary>
public sealed record LookerFilterBody
{
    /// <summary>The name of the dimension.</summary>
    public string? FieldName { get; init; }

    /// <summary>What it is compared with, in the form in which rows show the field.</summary>
    public IReadOnlyList<JsonElement>? Values { get; init; }

    /// <summary>INCLUDE or EXCLUDE.</summary>
    public string? Type { get; init; }

    /// <summary>EQUALS, CONTAINS, REGEXP_PARTIAL_MATCH, REGEXP_EXACT_MATCH, IN_LIST, IS_NULL, BETWEEN, NUMERIC_GREATER_THAN or _OR_EQUAL, NUMERIC_LESS_THAN or _OR_EQUAL.</summary>
    public string? Operator { get; init; }

    /// <summary>Whatever else it says, which may change its meaning: then it is none that can be applied.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; init; }
}

/// <summary>The questions of a step of the configuration, in the form of Looker Studio's getConfig.</summary>
public sealed record LookerConfig
{
    /// <summary>What is asked.</summary>
    public required IReadOnlyList<LookerQuestion> ConfigParams { get; init; }

    /// <summary>Whether another step follows.</summary>
    public required bool IsSteppedConfig { get; init; }

    /// <summary>Whether reports choose a range of days.</summary>
    public required bool DateRangeRequired { get; init; }
}

/// <summary>A question of the configuration.</summary>
public sealed record LookerQuestion
{
    /// <summary>How it is asked.</summary>
    [OneOf("INFO", "SELECT_SINGLE", "TEXTINPUT")]
    public required string Type { get; init; }

    /// <summary>The member of configParams that it fills.</summary>
    public required string Name { get; init; }

    /// <summary>What is asked, in a word or two.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DisplayName { get; init; }

    /// <summary>What is asked, in a sentence.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HelpText { get; init; }

    /// <summary>A text to read, of an INFO.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <summary>An example of what to write.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Placeholder { get; init; }

    /// <summary>What may be chosen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LookerOption>? Options { get; init; }

    /// <summary>Whether another choice changes the steps that follow.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IsDynamic { get; init; }

    /// <summary>Whether reports may choose otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LookerParameter? ParameterControl { get; init; }
}

/// <summary>Something to choose.</summary>
public sealed record LookerOption
{
    /// <summary>Its name.</summary>
    public required string Label { get; init; }

    /// <summary>What the choice sends.</summary>
    public required string Value { get; init; }
}

/// <summary>A choice that reports may override.</summary>
public sealed record LookerParameter
{
    /// <summary>Whether they may.</summary>
    public required bool AllowOverride { get; init; }
}

/// <summary>The fields of a data source, in the form of Looker Studio's getSchema.</summary>
public sealed record LookerSchema
{
    /// <summary>The fields.</summary>
    public required IReadOnlyList<LookerSchemaField> Schema { get; init; }
}

/// <summary>Rows, in the form of Looker Studio's getData.</summary>
public sealed record LookerData
{
    /// <summary>The fields of the rows, in the order that was asked for.</summary>
    public required IReadOnlyList<LookerSchemaField> Schema { get; init; }

    /// <summary>The rows: one for each group that the dimensions make, in their order.</summary>
    public required IReadOnlyList<LookerRow> Rows { get; init; }

    /// <summary>Whether all filters were applied. If not, none was, and the fields that filters need are among the rows.</summary>
    public required bool FiltersApplied { get; init; }
}

/// <summary>A row.</summary>
public sealed record LookerRow
{
    /// <summary>Its cells: numbers, true or false, text; days as YYYYMMDD, weeks as YYYYWW, months as YYYYMM, instants as YYYYMMDDHHMMSS in UTC. An empty text is "", anything else that is empty null.</summary>
    public required IReadOnlyList<JsonElement> Values { get; init; }
}

/// <summary>A field of a data source.</summary>
public sealed record LookerSchemaField
{
    /// <summary>Identifies the field; it never changes.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Label { get; init; }

    /// <summary>What it means, and its unit.</summary>
    public required string Description { get; init; }

    /// <summary>The heading under which the field is listed.</summary>
    public required string Group { get; init; }

    /// <summary>The form of its cells.</summary>
    [OneOf("STRING", "NUMBER", "BOOLEAN")]
    public required string DataType { get; init; }

    /// <summary>Of a figure: how it is added up. AUTO: not by the report.</summary>
    [OneOf("SUM", "AUTO"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DefaultAggregationType { get; init; }

    /// <summary>Of a quotient: how the report computes it from sums.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Formula { get; init; }

    /// <summary>What kind of thing it is.</summary>
    public required LookerSemantics Semantics { get; init; }
}

/// <summary>What kind of thing a field is.</summary>
public sealed record LookerSemantics
{
    /// <summary>Whether it makes groups or is a figure.</summary>
    [OneOf("DIMENSION", "METRIC")]
    public required string ConceptType { get; init; }

    /// <summary>Looker Studio's name of its type, such as YEAR_MONTH_DAY, PERCENT or CURRENCY_EUR.</summary>
    public required string SemanticType { get; init; }

    /// <summary>Looker Studio's name of the family of the type.</summary>
    [OneOf("NUMERIC", "DATETIME", "CURRENCY"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SemanticGroup { get; init; }

    /// <summary>Of a figure: whether the report may add it up again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IsReaggregatable { get; init; }
}
