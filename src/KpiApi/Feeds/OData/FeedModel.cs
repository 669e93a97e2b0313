using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml;
using Microsoft.OData.Edm;
using Microsoft.OData.Edm.Csdl;
using Microsoft.OData.Edm.Vocabularies;
using Microsoft.OData.Edm.Vocabularies.V1;

namespace KpiApi.Feeds.OData;

/// <summary>The feeds as OData knows them: an entity set each, named like its view. Made once, from the definitions that also make the SQL.</summary>
internal static class FeedModel
{
    public const string Namespace = "KpiApi";

    private static readonly Lazy<EdmModel> Built = new(() => Build(column => column));
    private static readonly Lazy<EdmModel> BuiltOrNull = new(() => Build(column => column.OrNull));
    private static readonly Lazy<byte[]> Xml = new(WriteXml);
    private static readonly Lazy<byte[]> Json = new(WriteJson);
    private static readonly Lazy<string> Hash = new(() => Convert.ToHexStringLower(SHA256.HashData(Xml.Value)));

    public static IEdmModel Edm => Built.Value;

    /// <summary>The same with columns that may all be null, for reading questions: behind a column that may not, Microsoft's parser refuses a list with null.</summary>
    public static IEdmModel Asked => BuiltOrNull.Value;

    /// <summary>Another one as soon as a set or a column is another one.</summary>
    public static string Version => Hash.Value;

    /// <summary>The document that describes the service.</summary>
    public static byte[] Csdl(ODataFormat format) => format == ODataFormat.Xml ? Xml.Value : Json.Value;

    /// <summary>What a parser says of a text, without the names of types inside this program.</summary>
    public static string Told(Exception exception) => exception.Message.Replace(Namespace + ".", "", StringComparison.Ordinal);

    public static IEdmEntitySet Set(Feed feed) => Edm.EntityContainer.FindEntitySet(feed.View);

    /// <summary>The primitive type of a column.</summary>
    public static IEdmPrimitiveTypeReference Type(Column column) => column.Type switch
    {
        ColumnType.Key => EdmCoreModel.Instance.GetInt64(column.IsNullable),
        ColumnType.Integer or ColumnType.DateKey => EdmCoreModel.Instance.GetInt32(column.IsNullable),
        ColumnType.Number => EdmCoreModel.Instance.GetDouble(column.IsNullable),
        ColumnType.Flag => EdmCoreModel.Instance.GetBoolean(column.IsNullable),
        ColumnType.Date => EdmCoreModel.Instance.GetDate(column.IsNullable),
        ColumnType.Instant => EdmCoreModel.Instance.GetTemporal(EdmPrimitiveTypeKind.DateTimeOffset, column.Precision, column.IsNullable),
        _ => EdmCoreModel.Instance.GetString(column.IsNullable),
    };

    private static EdmModel Build(Func<Column, Column> known)
    {
        var model = new EdmModel();
        model.SetEdmVersion(new Version(4, 0));
        var types = FeedCatalogue.All.ToDictionary(feed => feed, feed => TypeOf(model, feed, known));
        var container = new EdmEntityContainer(Namespace, "Feeds");
        model.AddElement(container);
        var sets = FeedCatalogue.All.ToDictionary(feed => feed, feed => container.AddEntitySet(feed.View, types[feed]));
        foreach (var feed in FeedCatalogue.All)
        {
            foreach (var reference in FeedCatalogue.ReferencesOf(feed))
            {
                var navigation = types[feed].AddUnidirectionalNavigation(new EdmNavigationPropertyInfo
                {
                    Name = reference.Name,
                    Target = types[reference.Target],
                    TargetMultiplicity = reference.Column.IsNullable ? EdmMultiplicity.ZeroOrOne : EdmMultiplicity.One,
                    DependentProperties = [(IEdmStructuralProperty)types[feed].FindProperty(reference.Column.Name)],
                    PrincipalProperties = [(IEdmStructuralProperty)types[reference.Target].FindProperty(reference.Target.Key[0])],
                });
                sets[feed].AddNavigationTarget(navigation, sets[reference.Target]);
                Describe(model, navigation, $"The row of {reference.Target.View} that {reference.Column.Name} leads to.");
            }

            Describe(model, sets[feed], feed.Description);
            Restrict(model, sets[feed]);
        }

        Annotate(model, container, "Org.OData.Capabilities.V1.ConformanceLevel", new EdmEnumMemberExpression(Member("Org.OData.Capabilities.V1.ConformanceLevelType", "Intermediate")));
        Annotate(model, container, "Org.OData.Capabilities.V1.AsynchronousRequestsSupported", new EdmBooleanConstant(false));
        Annotate(model, container, "Org.OData.Capabilities.V1.BatchSupported", new EdmBooleanConstant(false));
        Annotate(model, container, "Org.OData.Capabilities.V1.CrossJoinSupported", new EdmBooleanConstant(false));
        // Requests read it side by side.
        model.MarkAsImmutable();
        return model;
    }

    private static byte[] WriteXml()
    {
        using var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) }))
        {
            if (!CsdlWriter.TryWriteCsdl(Edm, writer, CsdlTarget.OData, out var errors))
            {
                throw new InvalidOperationException(string.Join("; ", errors));
            }
        }

        return bytes.ToArray();
    }

    private static byte[] WriteJson()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            if (!CsdlWriter.TryWriteCsdl(Edm, writer, new CsdlJsonWriterSettings(), out var errors))
            {
                throw new InvalidOperationException(string.Join("; ", errors));
            }
        }

        return bytes.ToArray();
    }

    private static EdmEntityType TypeOf(EdmModel model, Feed feed, Func<Column, Column> known)
    {
        var type = new EdmEntityType(Namespace, feed.View + "Row");
        foreach (var column in feed.Columns)
        {
            var property = type.AddStructuralProperty(column.Name, Type(known(column)));
            Describe(model, property, column.Description);
        }

        type.AddKeys(feed.Key.Select(name => (IEdmStructuralProperty)type.FindProperty(name)));
        model.AddElement(type);
        Describe(model, type, $"One row per {feed.Grain}.");
        return type;
    }

    /// <summary>What tools need not try.</summary>
    private static void Restrict(EdmModel model, EdmEntitySet set)
    {
        Annotate(model, set, "Org.OData.Capabilities.V1.InsertRestrictions", Record("Insertable"));
        Annotate(model, set, "Org.OData.Capabilities.V1.UpdateRestrictions", Record("Updatable"));
        Annotate(model, set, "Org.OData.Capabilities.V1.DeleteRestrictions", Record("Deletable"));
        Annotate(model, set, "Org.OData.Capabilities.V1.SearchRestrictions", Record("Searchable"));
        Annotate(model, set, "Org.OData.Capabilities.V1.TopSupported", new EdmBooleanConstant(true));
        Annotate(model, set, "Org.OData.Capabilities.V1.SkipSupported", new EdmBooleanConstant(true));
        Annotate(model, set, "Org.OData.Capabilities.V1.IndexableByKey", new EdmBooleanConstant(true));
        Annotate(model, set, "Org.OData.Capabilities.V1.CountRestrictions", Record("Countable", true));
        Annotate(model, set, "Org.OData.Capabilities.V1.FilterRestrictions", Record("Filterable", true));
        Annotate(model, set, "Org.OData.Capabilities.V1.SortRestrictions", Record("Sortable", true));
        Annotate(model, set, "Org.OData.Capabilities.V1.ExpandRestrictions", new EdmRecordExpression(
            new EdmPropertyConstructor("Expandable", new EdmBooleanConstant(set.NavigationPropertyBindings.Any())),
            new EdmPropertyConstructor("MaxLevels", new EdmIntegerConstant(1))));
    }

    private static EdmRecordExpression Record(string name, bool value = false) => new(new EdmPropertyConstructor(name, new EdmBooleanConstant(value)));

    private static IEdmEnumMember Member(string type, string name) =>
        ((IEdmEnumType)CapabilitiesVocabularyModel.Instance.FindDeclaredType(type)).Members.Single(member => member.Name == name);

    private static void Describe(EdmModel model, IEdmVocabularyAnnotatable target, string text) => Annotate(model, target, "Org.OData.Core.V1.Description", new EdmStringConstant(text));

    private static void Annotate(EdmModel model, IEdmVocabularyAnnotatable target, string term, IEdmExpression value)
    {
        var found = model.FindTerm(term) ?? throw new InvalidOperationException(term);
        var annotation = new EdmVocabularyAnnotation(target, found, value);
        annotation.SetSerializationLocation(model, EdmVocabularyAnnotationSerializationLocation.Inline);
        model.AddVocabularyAnnotation(annotation);
    }
}
