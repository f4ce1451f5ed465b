//! The log on a CDC-ACM serial port (PSTN 1.2), and lines typed there.

use crate::Usb;
use crate::{console, log};
use embassy_futures::select::{Either, select};
use embassy_usb::control::{InResponse, OutResponse, Recipient, Request, RequestType};
use embassy_usb::driver::{
    Driver, Endpoint as _, EndpointError, EndpointIn as _, EndpointOut as _,
};
use embassy_usb::types::InterfaceNumber;
use embassy_usb::{Builder, Handler};

const BULK: u16 = 512;
const SET_LINE_CODING: u8 = 0x20;
const GET_LINE_CODING: u8 = 0x21;
const SET_CONTROL_LINE_STATE: u8 = 0x22;

/// Answers the class requests; the line's settings mean nothing here, but a host wants them kept.
pub struct Control {
    interface: InterfaceNumber,
    /// 115,200 baud, 1 stop bit, no parity, 8 data bits.
    line_coding: [u8; 7],
}

impl Handler for Control {
    fn control_out(&mut self, request: Request, data: &[u8]) -> Option<OutResponse> {
        if !self.is_ours(&request) {
            return None;
        }
        match request.request {
            SET_LINE_CODING if data.len() == 7 => {
                self.line_coding.copy_from_slice(data);
                Some(OutResponse::Accepted)
            }
            SET_CONTROL_LINE_STATE => Some(OutResponse::Accepted),
            _ => Some(OutResponse::Rejected),
        }
    }

    fn control_in<'a>(
        &'a mut self,
        request: Request,
        _buffer: &'a mut [u8],
    ) -> Option<InResponse<'a>> {
        if !self.is_ours(&request) {
            return None;
        }
        match request.request {
            GET_LINE_CODING => Some(InResponse::Accepted(&self.line_coding)),
            _ => Some(InResponse::Rejected),
        }
    }
}

impl Control {
    /// Makes the handler, before its interface is known.
    pub const fn new() -> Control {
        let line_coding = [0x00, 0xc2, 0x01, 0x00, 0, 0, 8];
        Control {
            interface: InterfaceNumber(0),
            line_coding,
        }
    }

    fn is_ours(&self, request: &Request) -> bool {
        request.request_type == RequestType::Class
            && request.recipient == Recipient::Interface
            && request.index == u16::from(self.interface.0)
    }
}

/// The endpoints of the port.
pub struct Endpoints {
    _notify: <Usb as Driver<'static>>::EndpointIn,
    out: <Usb as Driver<'static>>::EndpointOut,
    into: <Usb as Driver<'static>>::EndpointIn,
}

/// Adds the two interfaces of the port.
pub fn interface(builder: &mut Builder<'static, Usb>, control: &'static mut Control) -> Endpoints {
    let mut function = builder.function(0x02, 0x02, 0x00);
    let mut interface = function.interface();
    control.interface = interface.interface_number();
    let number = control.interface.0;
    let mut setting = interface.alt_setting(0x02, 0x02, 0x00, None);
    // Header (CDC 1.10), call management (none), ACM (line coding), union. PSTN 1.2, 5.3; CDC 1.2, 5.2.3.
    setting.descriptor(0x24, &[0x00, 0x10, 0x01]);
    setting.descriptor(0x24, &[0x01, 0x00, number + 1]);
    setting.descriptor(0x24, &[0x02, 0x02]);
    setting.descriptor(0x24, &[0x06, number, number + 1]);
    // 2^(10-1) microframes = 64 ms (USB 2.0, 9.6.6).
    let notify = setting.endpoint_interrupt_in(None, 16, 10);
    let mut interface = function.interface();
    let mut setting = interface.alt_setting(0x0a, 0x00, 0x00, None);
    let out = setting.endpoint_bulk_out(None, BULK);
    let into = setting.endpoint_bulk_in(None, BULK);
    drop(function);
    builder.handler(control);
    Endpoints {
        _notify: notify,
        out,
        into,
    }
}

/// Moves log lines out and typed lines in, for ever.
#[embassy_executor::task]
pub async fn run(mut endpoints: Endpoints) {
    loop {
        endpoints.into.wait_enabled().await;
        endpoints.out.wait_enabled().await;
        let _ = serve(&mut endpoints).await;
    }
}

async fn serve(endpoints: &mut Endpoints) -> Result<(), EndpointError> {
    let mut typed = console::Lines::new();
    let mut packet = [0; BULK as usize];
    let mut data = [0; BULK as usize];
    loop {
        let count = log::take(&mut packet);
        if count > 0 {
            match select(
                endpoints.into.write(&packet[..count]),
                endpoints.out.read(&mut data),
            )
            .await
            {
                Either::First(sent) => sent?,
                Either::Second(length) => {
                    typed.push(&data[..length?]);
                    // The write was given up in favour of the line: the packet goes out now.
                    endpoints.into.write(&packet[..count]).await?;
                }
            }
            if count == packet.len() {
                // A full packet alone does not end a transfer (USB 2.0, 5.8.3).
                endpoints.into.write(&[]).await?;
            }
            continue;
        }
        match select(log::READY.wait(), endpoints.out.read(&mut data)).await {
            Either::First(()) => {}
            Either::Second(length) => typed.push(&data[..length?]),
        }
    }
}
