using System.Collections;
using System.Management.Automation;
using TinySora.Host.Language;

namespace TinySora.Host.Binding;

/// <summary>One argument to what its parameter takes: transformed, converted, validated.</summary>
internal sealed class ArgumentConverter(CmdletDefinition cmdlet, EngineIntrinsics engine)
{
    /// <summary>The value to set.</summary>
    /// <exception cref="ParameterBindingException">The parameter does not take this value.</exception>
    public object? Convert(ParameterDefinition parameter, object? argument, bool coerce = true)
    {
        var value = Plain(argument, parameter.Type);
        foreach (var transformation in parameter.Transformations)
        {
            try
            {
                value = transformation.Transform(engine, value);
            }
            catch (Exception e) when (e is RuntimeException or ArgumentException or InvalidCastException or FormatException)
            {
                throw BindingErrors.Transformation(parameter, e);
            }
        }

        if (!coerce && !Fits(value, parameter.Type))
        {
            throw BindingErrors.NotBound();
        }

        value = Coerce(parameter, value);
        RefuseEmpty(parameter, value);
        foreach (var validation in parameter.Validations)
        {
            try
            {
                validation.Check(value, engine);
            }
            catch (Exception e) when (e is RuntimeException or ArgumentException)
            {
                throw BindingErrors.Validation(parameter, e);
            }
        }

        return value;
    }

    private static object? Coerce(ParameterDefinition parameter, object? value)
    {
        var type = Nullable.GetUnderlyingType(parameter.Type) ?? parameter.Type;
        var plain = PSObject.Base(value);
        if (plain is null && (parameter.AllowsNull || !parameter.Type.IsValueType))
        {
            // A null text would become an empty one, which hides what the user did.
            return parameter.Type == typeof(string) && !parameter.AllowsNull && !IsMandatoryAnywhere(parameter) ? "" : null;
        }

        if (plain is not null && !type.IsInstanceOfType(plain) && type != typeof(object) && type != typeof(PSObject))
        {
            if (type == typeof(bool) || type == typeof(SwitchParameter))
            {
                return Flag(parameter, type, plain);
            }

            if (LanguagePrimitives.GetEnumerable(plain) is not null && Collections.ElementType(type) is null)
            {
                throw BindingErrors.NotOne(parameter, plain);
            }
        }

        try
        {
            return LanguagePrimitives.ConvertTo(value, parameter.Type);
        }
        catch (InvalidCastException e)
        {
            throw BindingErrors.Conversion(parameter, e);
        }
    }

    // Unlike PowerShell this takes the words true and false: shells other than PowerShell replace $false by nothing.
    private static object Flag(ParameterDefinition parameter, Type type, object value)
    {
        bool? flag = value switch
        {
            bool known => known,
            SwitchParameter known => known.IsPresent,
            string text when bool.TryParse(text, out var known) => known,
            "1" => true,
            "0" => false,
            object number when Numbers.IsNumber(number) => LanguagePrimitives.IsTrue(number),
            _ => null,
        };
        return flag is not bool set
            ? throw BindingErrors.Conversion(parameter, new InvalidCastException(
                $"Cannot convert value \"{LanguagePrimitives.TextOf(value)}\" to type \"{type}\". It accepts only $true and $false."))
            : type == typeof(bool) ? set : new SwitchParameter(set);
    }

    private static bool IsMandatoryAnywhere(ParameterDefinition parameter) => parameter.Sets.Values.Any(s => s.Mandatory);

    private void RefuseEmpty(ParameterDefinition parameter, object? value)
    {
        if (!cmdlet.InAny(parameter, cmdlet.AllSets).Any(s => s.Mandatory))
        {
            return;
        }

        if (value is null && !parameter.AllowsNull)
        {
            throw BindingErrors.Empty(parameter, "Null", "null");
        }

        if (value is "" && !parameter.AllowsEmptyString)
        {
            throw BindingErrors.Empty(parameter, "EmptyString", "an empty string");
        }

        if (value is IList list && value is not PSObject)
        {
            if (list.Count == 0)
            {
                throw BindingErrors.Empty(parameter, "EmptyArray", "an empty array");
            }

            if (list.Contains("") && !parameter.AllowsEmptyString)
            {
                throw BindingErrors.Empty(parameter, "EmptyString", "an empty string");
            }
        }
    }

    // What PowerShell calls binding without conversion: the type itself, or one element of a collection.
    private static bool Fits(object? value, Type type)
    {
        var plain = PSObject.Base(value);
        return type == typeof(object) || type == typeof(PSObject)
            || type.IsInstanceOfType(plain) || Collections.ElementType(type)?.IsInstanceOfType(plain) == true;
    }

    private static object? Plain(object? argument, Type type)
    {
        var element = Collections.ElementType(type) ?? type;
        var takesAnything = element == typeof(object) || element == typeof(PSObject);
        return argument switch
        {
            BareWord word => takesAnything ? word.Literal : word.Text,
            ValueList list when takesAnything || Collections.ElementType(type) is not null || !list.Items.All(i => i is BareWord) =>
                list.Items.Select(i => Plain(i, element)).ToArray(),
            ValueList list => list.Text,
            _ => argument,
        };
    }
}
