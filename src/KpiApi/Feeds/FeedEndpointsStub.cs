namespace KpiApi.Feeds; internal static class FeedEndpoints { public static void MapFeeds(this IEndpointRouteBuilder api) { _ = api; } }
