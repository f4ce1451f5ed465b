//! The name that a baked image carries, for the log.

use crate::LoadError;
use crate::elf::{Image, little};
use crate::plan::Plan;

const BAKED_MAGIC: u32 = u32::from_le_bytes(*b"UBAK");
const BAKED_HEADER_BYTES: u32 = 80;

/// The value of `product` in an image's baked block.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    octets: [u8; 32],
    length: usize,
}

impl Name {
    /// Looks for a baked block among the plan's segments.
    ///
    /// # Errors
    ///
    /// An error of the flash.
    pub fn read(plan: &Plan, image: &mut impl Image) -> Result<Option<Name>, LoadError> {
        for segment in plan.segments() {
            if segment.file_bytes < BAKED_HEADER_BYTES {
                continue;
            }
            let mut header = [0; BAKED_HEADER_BYTES as usize];
            image.read(segment.offset, &mut header)?;
            if little(&header, 0, 4) != BAKED_MAGIC {
                continue;
            }
            let offset = little(&header, 28, 4).min(segment.file_bytes);
            let mut strings = [0; 256];
            let length = little(&header, 32, 4)
                .min(segment.file_bytes - offset)
                .min(256);
            let strings = &mut strings[..length as usize];
            if !strings.is_empty() {
                image.read(segment.offset + offset, strings)?;
            }
            return Ok(Name::find(strings));
        }
        Ok(None)
    }

    fn find(strings: &[u8]) -> Option<Name> {
        let mut pairs = strings.split(|octet| *octet == 0);
        let value = pairs.find_map(|pair| pair.strip_prefix(b"product="))?;
        let mut name = Name {
            octets: [0; 32],
            length: value.len().min(32),
        };
        for (to, from) in name.octets.iter_mut().zip(value) {
            *to = if (0x20..0x7f).contains(from) {
                *from
            } else {
                b'?'
            };
        }
        Some(name)
    }

    /// The name in printable ASCII, at most 32 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.octets[..self.length]).unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_takes_the_product_and_nothing_unprintable() {
        let name = |strings: &[u8]| Name::find(strings).map(|name| name.octets);
        assert_eq!(name(b"version=1\0"), None);
        assert_eq!(name(b""), None);
        let found = Name::find(b"revision=a\0product=usbnvme-0.1\0version=1\0").unwrap();
        assert_eq!(found.as_str(), "usbnvme-0.1");
        assert_eq!(
            Name::find(b"product=a\x1b[2Jb\0").unwrap().as_str(),
            "a?[2Jb"
        );
        assert_eq!(
            Name::find(&std::vec::Vec::from_iter(
                b"product=".iter().copied().chain([b'x'; 99])
            ))
            .unwrap()
            .length,
            32
        );
    }
}
