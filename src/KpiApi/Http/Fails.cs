namespace KpiApi.Http;

/// <summary>The problems that an endpoint answers with beside those that follow from its method, role, parameters and body.</summary>
internal sealed record Failures(IReadOnlyList<ProblemType> Types);

internal static class Fails
{
    /// <summary>Declares what the rules of the noun may refuse. The contract lists nothing else, and the tests judge every answer by it.</summary>
    public static TBuilder MayFail<TBuilder>(this TBuilder builder, params ProblemType[] types)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Failures(types));
}
