//! Serializes what must be one piece of text: a map's key, or JSON held as text.

use serde::ser::{self, Impossible, Serialize};

use super::error::CanonicalJsonError;
use super::number::{Float, push_float};
use super::serializer::{check_finite, place, push_json_text, push_string};
use super::writer::Writer;

type Result<T = ()> = std::result::Result<T, CanonicalJsonError>;

pub(super) struct TextSerializer<'a> {
    pub(super) writer: &'a mut Writer,
    pub(super) role: Role,
}

/// What the text is.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// The key of a map: written as a string.
    Key,
    /// JSON: read, and written canonically.
    Json,
}

impl TextSerializer<'_> {
    fn text(self, text: &str) -> Result {
        match self.role {
            Role::Key => push_string(self.writer, text),
            Role::Json => push_json_text(self.writer, text),
        }
    }

    fn float(self, finite: impl Float) -> Result {
        let mut text = Vec::new();
        push_float(&mut text, finite);
        self.text(&String::from_utf8_lossy(&text))
    }

    fn refuse<T>(self, kind: &'static str) -> Result<T> {
        Err(match self.role {
            Role::Key => CanonicalJsonError::InvalidKey {
                place: place(self.writer),
                kind,
            },
            Role::Json => ser::Error::custom("JSON held as text is not a string"),
        })
    }
}

macro_rules! displayed {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result {
            self.text(&value.to_string())
        }
    )*};
}

impl ser::Serializer for TextSerializer<'_> {
    type Ok = ();
    type Error = CanonicalJsonError;
    type SerializeSeq = Impossible<(), CanonicalJsonError>;
    type SerializeTuple = Impossible<(), CanonicalJsonError>;
    type SerializeTupleStruct = Impossible<(), CanonicalJsonError>;
    type SerializeTupleVariant = Impossible<(), CanonicalJsonError>;
    type SerializeMap = Impossible<(), CanonicalJsonError>;
    type SerializeStruct = Impossible<(), CanonicalJsonError>;
    type SerializeStructVariant = Impossible<(), CanonicalJsonError>;

    displayed! {
        serialize_bool: bool,
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
    }

    fn serialize_f32(self, value: f32) -> Result {
        check_finite(self.writer, value.into())?;
        self.float(value)
    }

    fn serialize_f64(self, value: f64) -> Result {
        check_finite(self.writer, value)?;
        self.float(value)
    }

    fn serialize_char(self, value: char) -> Result {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result {
        self.text(value)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result {
        self.refuse("bytes")
    }

    fn serialize_none(self) -> Result {
        self.refuse("nothing")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.refuse("a unit")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result {
        self.refuse("a unit struct")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result {
        self.refuse("a variant with content")
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self::SerializeSeq> {
        self.refuse("a sequence")
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self::SerializeTuple> {
        self.refuse("a tuple")
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        self.refuse("a tuple struct")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        self.refuse("a variant with content")
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap> {
        self.refuse("a map")
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self::SerializeStruct> {
        self.refuse("a struct")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant> {
        self.refuse("a variant with content")
    }
}
