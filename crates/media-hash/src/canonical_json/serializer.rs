//! Writes values canonically, in `serde_json`'s data model.

use serde::ser::{self, Serialize};

use super::error::{CanonicalJsonError, JsonPlace};
use super::parser;
use super::text_serializer::{Role, TextSerializer};
use super::writer::Writer;

type Result<T = ()> = std::result::Result<T, CanonicalJsonError>;

/// The names under which `serde_json` serializes a number and a piece of JSON
/// that it holds as text. The structs appear in anybody's values as soon as one
/// crate of a build turns on `arbitrary_precision` or `raw_value`.
const JSON_TEXT: [&str; 2] = [
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
];

/// Serializes one value at the place where the writer stands.
pub(super) struct ValueSerializer<'a>(pub(super) &'a mut Writer);

/// An array or object being serialized.
pub(super) struct Compound<'a> {
    writer: &'a mut Writer,
    form: Form,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Array,
    Object,
    /// An array that is the only member of an object.
    ArrayVariant,
    /// An object that is the only member of an object.
    ObjectVariant,
    /// A struct whose only field is a string of JSON.
    JsonText,
}

pub(super) fn place(writer: &Writer) -> JsonPlace {
    JsonPlace::Value {
        path: writer.path(),
    }
}

/// Writes JSON text into the value being serialized.
pub(super) fn push_json_text(writer: &mut Writer, text: &str) -> Result {
    check_room(writer, text.len())?;
    parser::parse(text, writer).map_err(|error| error.at(place(writer)))
}

/// Writes a string.
pub(super) fn push_string(writer: &mut Writer, text: &str) -> Result {
    check_room(writer, text.len())?;
    writer.push_string(text);
    Ok(())
}

fn check_room(writer: &Writer, len: usize) -> Result {
    if writer.has_room_for(len) {
        Ok(())
    } else {
        Err(CanonicalJsonError::TooLong)
    }
}

pub(super) fn check_finite(writer: &Writer, float: f64) -> Result {
    if float.is_finite() {
        return Ok(());
    }
    Err(CanonicalJsonError::NonFinite {
        place: place(writer),
        number: float.to_string(),
    })
}

fn check_nesting(writer: &Writer) -> Result {
    check_room(writer, 0)?;
    if writer.may_nest() {
        return Ok(());
    }
    Err(CanonicalJsonError::TooDeep {
        place: place(writer),
    })
}

impl<'a> ValueSerializer<'a> {
    fn integer(self, integer: impl std::fmt::Display) -> Result {
        self.0.push_integer(integer);
        check_room(self.0, 0)
    }

    fn begin(self, form: Form) -> Result<Compound<'a>> {
        check_nesting(self.0)?;
        match form {
            Form::Array | Form::ArrayVariant => self.0.begin_array(),
            Form::Object | Form::ObjectVariant => self.0.begin_object(),
            Form::JsonText => {}
        }
        Ok(Compound {
            writer: self.0,
            form,
        })
    }

    /// Begins `{"variant":`.
    fn begin_variant(&mut self, variant: &str) -> Result {
        check_nesting(self.0)?;
        self.0.begin_object();
        push_key(self.0, variant)
    }
}

fn push_key(writer: &mut Writer, key: &str) -> Result {
    writer.begin_key();
    push_string(writer, key)?;
    writer.end_key();
    Ok(())
}

macro_rules! integers {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result {
            self.integer(value)
        }
    )*};
}

impl<'a> ser::Serializer for ValueSerializer<'a> {
    type Ok = ();
    type Error = CanonicalJsonError;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    integers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_bool: bool,
    }

    fn serialize_f32(self, value: f32) -> Result {
        check_finite(self.0, value.into())?;
        self.0.push_float(value);
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result {
        check_finite(self.0, value)?;
        self.0.push_float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result {
        push_string(self.0, value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.0.push("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        self.begin_variant(variant)?;
        value.serialize(ValueSerializer(self.0))?;
        self.0.end_object();
        Ok(())
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Compound<'a>> {
        self.begin(Form::Array)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Compound<'a>> {
        self.begin(Form::Array)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>> {
        self.begin(Form::Array)
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Compound<'a>> {
        self.begin_variant(variant)?;
        self.begin(Form::ArrayVariant)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Compound<'a>> {
        self.begin(Form::Object)
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Compound<'a>> {
        if JSON_TEXT.contains(&name) {
            return Ok(Compound {
                writer: self.0,
                form: Form::JsonText,
            });
        }
        self.begin(Form::Object)
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Compound<'a>> {
        self.begin_variant(variant)?;
        self.begin(Form::ObjectVariant)
    }
}

impl Compound<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.writer.begin_element();
        value.serialize(ValueSerializer(self.writer))
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result {
        if self.form == Form::JsonText {
            return value.serialize(TextSerializer {
                writer: self.writer,
                role: Role::Json,
            });
        }
        push_key(self.writer, key)?;
        value.serialize(ValueSerializer(self.writer))
    }

    fn close(self) {
        match self.form {
            Form::Array | Form::ArrayVariant => self.writer.end_array(),
            Form::Object | Form::ObjectVariant => self.writer.end_object(),
            Form::JsonText => {}
        }
        if let Form::ArrayVariant | Form::ObjectVariant = self.form {
            self.writer.end_object();
        }
    }
}

macro_rules! compounds {
    ($($trait:ident: $method:ident($($key:ident)?) => $forward:ident,)*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = CanonicalJsonError;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result {
                self.$forward($($key,)? value)
            }

            fn end(self) -> Result {
                self.close();
                Ok(())
            }
        }
    )*};
}

compounds! {
    SerializeSeq: serialize_element() => element,
    SerializeTuple: serialize_element() => element,
    SerializeTupleStruct: serialize_field() => element,
    SerializeTupleVariant: serialize_field() => element,
    SerializeStruct: serialize_field(key) => field,
    SerializeStructVariant: serialize_field(key) => field,
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = CanonicalJsonError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.writer.begin_key();
        key.serialize(TextSerializer {
            writer: self.writer,
            role: Role::Key,
        })?;
        self.writer.end_key();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(ValueSerializer(self.writer))
    }

    fn end(self) -> Result {
        self.close();
        Ok(())
    }
}
