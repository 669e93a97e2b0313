using System.Text.RegularExpressions;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Imports;

/// <summary>What an import profile may say, beyond the annotations of its members.</summary>
internal static partial class ImportProfileRules
{
    private const int MostRows = 10;
    private const int MostParts = 10;
    private const int MostRules = 1000;
    private const int LongestText = 200;

    public static Errors Check(string name, ImportProfilePutBody body)
    {
        var errors = Annotations.Check(body);
        if (body.Name is not null && body.Name != name)
        {
            errors.Add("/name", "must be the name in the address, or left out.");
        }

        if (body.BuiltIn == true)
        {
            errors.Add("/builtIn", "must be false, or left out.");
        }

        if (errors.Count > 0)
        {
            return errors;
        }

        Layout(body, errors);
        if (body.Extends is not null)
        {
            Fec(body, errors);
            return errors;
        }

        foreach (var (pointer, value) in new (string, object?)[] { ("/accounts", body.Accounts), ("/evidence", body.Evidence) })
        {
            if (value is not null)
            {
                errors.Add(pointer, "goes with extends only.");
            }
        }

        Rows(body, ImportTarget.Of(body.Target), errors);
        return errors;
    }

    private static void Layout(ImportProfileBody body, Errors errors)
    {
        if (body.Separator is { } separator && (separator.Length != 1 || separator[0] is >= '\u007f' or '"' or '\r' or '\n' or (< ' ' and not '\t')))
        {
            errors.Add("/separator", "must be one ASCII character, and neither a quote nor a line break.");
        }

        if (body.Thousands is not null && body.Thousands == (body.Decimal ?? "."))
        {
            errors.Add("/thousands", "must not be the decimal character.");
        }

        var formats = body.DateFormats ?? [];
        if (formats.Count > 10)
        {
            errors.Add("/dateFormats", "must have at most 10 formats.");
        }

        for (var index = 0; index < formats.Count && index < 10; index++)
        {
            if (formats[index] is not { } format || !DateForm().IsMatch(format) || LongRun().IsMatch(format) || !format.Contains('d', StringComparison.Ordinal) || !format.Contains('M', StringComparison.Ordinal) || !format.Contains('y', StringComparison.Ordinal))
            {
                errors.Add($"/dateFormats/{index}", "must name day, month and year in letters d M y, with H m s for a time: dd/MM/yyyy.");
            }
        }

        var skips = body.SkipRows ?? [];
        for (var index = 0; index < skips.Count; index++)
        {
            if (skips[index] is not { } skip || (skip.Column is not null && skip.Number is not null) || skip.Number < 1 || skip.StartsWith is "" or { Length: > LongestText } || skip.Column is "" or { Length: > LongestText } || index >= MostRules)
            {
                errors.Add($"/skipRows/{index}", $"must name one column or none, and a beginning of 1 to {LongestText} characters or none.");
            }
            else if (skip.Column is not null && body.Header == false)
            {
                errors.Add($"/skipRows/{index}/column", "needs a header; give a number.");
            }
        }
    }

    private static void Fec(ImportProfileBody body, Errors errors)
    {
        foreach (var (pointer, value) in new (string, object?)[]
        {
            ("/separator", body.Separator), ("/decimal", body.Decimal), ("/thousands", body.Thousands), ("/dateFormats", body.DateFormats), ("/header", body.Header),
            ("/skipLines", body.SkipLines), ("/skipRows", body.SkipRows), ("/rows", body.Rows),
        })
        {
            if (value is not null)
            {
                errors.Add(pointer, "does not go with extends: the file's own rules decide.");
            }
        }

        if (body.Target != ImportTarget.Ledger.Name)
        {
            errors.Add("/target", "must be ledger for a FEC.");
        }

        var accounts = body.Accounts ?? [];
        for (var index = 0; index < accounts.Count; index++)
        {
            if (accounts[index] is not { } rule || index >= MostRules || rule.Kind is not ("gain" or "cost") || rule.Prefix is not { Length: >= 1 and <= 20 } || rule.Category is { } category && (category.Trim().Length is 0 or > LongestText || category.Trim() != category))
            {
                errors.Add($"/accounts/{index}", "must have a prefix of 1 to 20 characters, the kind gain or cost, and a category of 1 to 200 characters or none.");
            }
            else if (accounts.Take(index).Any(earlier => earlier?.Prefix == rule.Prefix))
            {
                errors.Add($"/accounts/{index}/prefix", "stands twice.");
            }
        }

        if (body.Accounts is { Count: 0 })
        {
            errors.Add("/accounts", "must name an account.");
        }
    }

    private static void Rows(ImportProfileBody body, ImportTarget target, Errors errors)
    {
        if (body.Rows is not { Count: >= 1 and <= MostRows } rows)
        {
            errors.Add("/rows", $"must say what a line gives, 1 to {MostRows} times.");
            return;
        }

        for (var index = 0; index < rows.Count; index++)
        {
            foreach (var (member, field) in rows[index] ?? new Dictionary<string, FieldBody>())
            {
                var pointer = $"/rows/{index}/{member.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
                if (!target.Members.Contains(member))
                {
                    errors.Add(pointer, $"is not one of: {string.Join(", ", target.Members)}.");
                }
                else if (field?.Parts is { } parts)
                {
                    Parts(body, target, member, pointer, field, parts, errors);
                }
                else
                {
                    Part(body, target, member, pointer, field, errors);
                }
            }

            foreach (var member in target == ImportTarget.Ledger ? ["kind", "category", "amount", "date", "externalId"] : new[] { "kpi" })
            {
                if (rows[index]?.ContainsKey(member) != true)
                {
                    errors.Add($"/rows/{index}/{member}", "is required.");
                }
            }
        }
    }

    private static void Parts(ImportProfileBody body, ImportTarget target, string member, string pointer, FieldBody field, IReadOnlyList<PartBody> parts, Errors errors)
    {
        if (parts.Count is < 2 or > MostParts || (field.Column ?? field.Constant) is not null || field.Number is not null || !target.Texts.Contains(member))
        {
            errors.Add(pointer, $"may have 2 to {MostParts} parts and nothing beside them, when it is text.");
            return;
        }

        for (var index = 0; index < parts.Count; index++)
        {
            Part(body, target, member, $"{pointer}/parts/{index}", parts[index], errors);
        }
    }

    private static void Part(ImportProfileBody body, ImportTarget target, string member, string pointer, PartBody? part, Errors errors)
    {
        if (part is null || new object?[] { part.Column, part.Number, part.Constant }.Count(given => given is not null) != 1 || part.Number is < 1 or > 10_000 || part.Column is "" or { Length: > LongestText } || part.Constant is "" or { Length: > 2000 })
        {
            errors.Add(pointer, "must have one of column, number (from 1) and constant, or parts.");
        }
        else if (part.Column is not null && body.Header == false)
        {
            errors.Add(pointer + "/column", "needs a header; give a number.");
        }
        else if (part.Constant is not null && Misfit(target, member, part.Constant.Trim()) is { } misfit)
        {
            errors.Add(pointer + "/constant", misfit);
        }
    }

    private static string? Misfit(ImportTarget target, string member, string constant) =>
        constant.Length == 0 ? "must not be blank."
        : target.Numbers.Contains(member) && !RowMembers.IsNumber(constant) ? "must be a number as in JSON, such as 1234.5."
        : target.Days.Contains(member) && !Days.TryParse(constant, out _) ? "must be a day as YYYY-MM-DD."
        : target.Instants.Contains(member) && !Instants.TryRead(constant, out _) ? "must be an instant as YYYY-MM-DDThh:mm:ss with Z or an offset."
        : null;

    [GeneratedRegex(@"^(?:d{1,2}|M{1,2}|y{2}|y{4}|H{1,2}|m{1,2}|s{1,2}|[-/. :T])+\z", RegexOptions.NonBacktracking)]
    private static partial Regex DateForm();

    // dddd and MMMM are names of days and months in some language; yyy is no year.
    [GeneratedRegex("ddd|MMM|HHH|mmm|sss|yyyyy|(?:^|[^y])(?:y|yyy)(?:[^y]|\\z)", RegexOptions.NonBacktracking)]
    private static partial Regex LongRun();
}
