using System.Text.Json.Nodes;
using KpiApi.Http;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Feeds;

/// <summary>The rows of every feed in the OpenAPI document, from the definition that also makes its SQL and its formats.</summary>
internal static class FeedDocument
{
    /// <summary>The name of the schema of a feed's rows.</summary>
    public static string SchemaName(Feed feed) => feed.View + "Row";

    public static void Describe(OpenApiOperation operation, OperationFilterContext context)
    {
        foreach (var feed in FeedCatalogue.All.Where(feed => !context.SchemaRepository.Schemas.ContainsKey(SchemaName(feed))))
        {
            context.SchemaRepository.AddDefinition(SchemaName(feed), Row(feed));
        }

        var parameters = (operation.Parameters ?? []).OfType<OpenApiParameter>().ToDictionary(parameter => parameter.Name!);
        ((OpenApiSchema)parameters["feed"].Schema!).Enum = FeedCatalogue.All.Select(feed => (JsonNode)feed.Url).ToList();
        parameters["limit"].Description = "Rows of a page. Default: all rows, on one page.";
        parameters["limit"].Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" };
        parameters["from"].Description = "The first day of the feed's date column. Only for feeds that have one.";
        parameters["to"].Description = "The last day of the feed's date column. Only for feeds that have one.";

        // One and not any of them: which one, the name of the feed says.
        var row = new OpenApiSchema { AnyOf = [.. FeedCatalogue.All.Select(feed => new OpenApiSchemaReference(SchemaName(feed), context.Document))] };
        var rows = new OpenApiSchema { Type = JsonSchemaType.Array, Items = row };
        var page = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "items", "nextCursor" },
            AdditionalPropertiesAllowed = false,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["items"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = row, Description = "The rows of this page." },
                ["nextCursor"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "Send it as cursor to get what follows; null on the last page." },
            },
        };
        var answer = (OpenApiResponse)operation.Responses!["200"];
        answer.Description = "The rows: an array, or with limit or cursor a page. Those of kpi-weeks have the schema KpiWeeksRow, and so on; GET /v1/feeds names the table of each feed.";
        answer.Headers = OpenApiAnswers.References(context.Document, "Link");
        answer.Content = new Dictionary<string, IOpenApiMediaType>
        {
            ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchema { OneOf = [rows, page] } },
            ["application/x-ndjson"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "One row, a JSON object, on each line." } },
            ["text/csv"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "RFC 4180, with a line of column names." } },
            ["application/vnd.apache.parquet"] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "Apache Parquet: days are DATE, instants TIMESTAMP in UTC, keys INT64, DateKey INT32, flags BOOLEAN, figures DOUBLE." },
            },
        };
    }

    private static OpenApiSchema Row(Feed feed) => new()
    {
        Type = JsonSchemaType.Object,
        Description = $"A row of {feed.Url}: one per {feed.Grain}. Columns that select leaves out are not there.",
        AdditionalPropertiesAllowed = false,
        Properties = feed.Columns.ToDictionary(column => column.Name, IOpenApiSchema (column) => Cell(column)),
    };

    private static OpenApiSchema Cell(Column column)
    {
        var (type, format) = column.Type switch
        {
            ColumnType.Key => (JsonSchemaType.Integer, "int64"),
            ColumnType.Integer or ColumnType.DateKey => (JsonSchemaType.Integer, "int32"),
            ColumnType.Number => (JsonSchemaType.Number, "double"),
            ColumnType.Date => (JsonSchemaType.String, "date"),
            ColumnType.Instant => (JsonSchemaType.String, "date-time"),
            ColumnType.Flag => (JsonSchemaType.Boolean, null),
            _ => (JsonSchemaType.String, null),
        };
        return new OpenApiSchema { Type = column.IsNullable ? type | JsonSchemaType.Null : type, Format = format, Description = column.Description };
    }
}
